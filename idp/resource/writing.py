"""POST /v1/me/skills: an app adds a skill to a profile, with its event, for a person who let it."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from consent.catalogue import CATALOGUE
from consent.events import DataWritten
from consent.profile.additions import SKILLS, Added, add_skill
from consent.profile.store import Owner
from foundation.web.json_body import read_json_object
from foundation.web.lean import Endpoint, json_response
from idp.context import Server
from idp.resource.bearer import Access, insufficient_scope, invalid_token, open_access, shown_token
from idp.token.text import OWN_MARK, Mark

SCOPE = "skills:write"


class Written(NamedTuple):
    """One recorded addition; recorded too when she had the skill already, and nothing was written."""

    access: Access
    added: Added
    event_id: str


async def recorded_addition(
    server: Server, request: Request, given: Mapping[str, Any], *, mark: Mark = OWN_MARK
) -> Written:
    """Add a skill under the request's token, in one unit with its event. mark: of the tokens that are taken.

    Raises AccordError `invalid_token`, `insufficient_scope`, `invalid_profile`, `too_many_added`.
    """
    shown, now = shown_token(server, request, mark), server.clock.now()
    async with server.db.transaction() as tx:
        access = await open_access(server, tx, shown, SKILLS, now)
        if access is None:
            raise invalid_token(request, "no live token")
        if not access.opens(SCOPE):
            raise insufficient_scope(request, SCOPE)
        owner = Owner(access.person_id, access.person.data_key)
        added = await add_skill(tx, owner, access.client_id, given, now)
        event = DataWritten(
            client=access.client_id,
            grant=access.grant_id,
            revision=access.revision,
            scopes=SCOPE,
            dataset=SKILLS,
            count=int(added.new),
            items=(added.item["id"],) if added.new else (),
        )
        trace = request.scope["state"]["trace_id"]
        recorded = await server.ledger.append(tx, event, person=access.person, now=now, request_id=trace)
    return Written(access, added, recorded.event_id)


def adding(server: Server) -> Endpoint:
    """The endpoint: 201 with the skill as it was taken.

    The answer is the same when she had it already: an app that may write and not read must not find out
    what is there by trying.
    """
    names = [field.name for field in CATALOGUE[SKILLS].fields(CATALOGUE[SKILLS].edition)]

    async def endpoint(request: Request) -> Response:
        written = await recorded_addition(server, request, await read_json_object(request))
        data = {name: written.added.taken.get(name) for name in names}
        body = {"data": data, "grant_id": written.access.grant_id, "event_id": written.event_id}
        return json_response(body, 201, written.access.headers)

    return endpoint
