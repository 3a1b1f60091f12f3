"""The grant resource: GET and DELETE /grants/{grant_id} (Grant Management, draft 03, sections 6.3 to 6.6).

An app reaches the living grants that people gave it, and no other: whatever else is named is not there.
"""

from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from consent.acts import Act, Person
from consent.catalogue import CATALOGUE
from consent.choices import Choice
from foundation.clock import to_seconds
from foundation.database import Transaction
from foundation.errors import AccordError
from foundation.web.lean import Endpoint, Table, json_response
from idp.context import Server
from idp.details.limits import described_choice
from idp.grants.access import calling_app
from idp.grants.actions import GRANTS_PATH, QUERY_SCOPE, REVOKE_SCOPE
from idp.grants.events import GrantQueried
from idp.grants.store import OwnRow, find_own

_NO_STORE = ((b"cache-control", b"no-cache, no-store"),)


def grants_table(server: Server) -> Table:
    """The lean endpoints of this room; a key that ends with a slash takes what stands one segment below."""
    return {
        GRANTS_PATH: {"GET": _nothing_named},
        f"{GRANTS_PATH}/": {"GET": _query(server), "DELETE": _revoke(server)},
    }


async def _nothing_named(_request: Request) -> Response:
    # Section 6: no list of an app's grants, which would say how people use it without saying who.
    raise AccordError("invalid_request", "Name one grant: GET or DELETE /grants/{grant_id}.")


def _query(server: Server) -> Endpoint:
    async def query(request: Request) -> Response:
        async with server.db.transaction() as tx:
            call = await _call(server, tx, request, QUERY_SCOPE)
            event = GrantQueried(
                client=call.client_id,
                grant=call.row.id,
                revision=call.row.revision,
                scopes=" ".join(sorted(_granted(call.row.choice))),
            )
            secrets = call.person.secrets
            await server.ledger.append(tx, event, person=secrets, now=call.now, request_id=call.trace)
        return json_response(_described(server, call.row), headers=_NO_STORE)

    return query


def _revoke(server: Server) -> Endpoint:
    decisions = server.decisions

    async def revoke(request: Request) -> Response:
        async with server.db.transaction() as tx:
            call = await _call(server, tx, request, REVOKE_SCOPE)
            act = Act(call.person, call.now, call.trace, method="api", auth_level="client", by="app")
            if await decisions.revoke(tx, call.row.id, act) is None:
                raise _not_there()  # she was quicker
        return Response(status_code=204)

    return revoke


class _Call(NamedTuple):
    """An app's call about one of its grants. now: microseconds; trace: trace id."""

    client_id: str
    row: OwnRow
    person: Person
    now: int
    trace: str


async def _call(server: Server, tx: Transaction, request: Request, scope: str) -> _Call:
    now = server.clock.now()
    client_id = await calling_app(server, tx, request, scope, now)
    grant_id = request.scope["path"].removeprefix(f"{GRANTS_PATH}/")
    row = await find_own(tx, client_id, grant_id, now)
    if row is None:
        raise _not_there()
    person = Person(row.person_id, row.subject, server.people.open(row.person_id, row.wrapped))
    return _Call(client_id, row, person, now, request.scope["state"]["trace_id"])


def _not_there() -> AccordError:
    """One answer for what never was, what ended, and what is another app's."""
    return AccordError("unknown_grant", "No living grant of this application has that number.", status=404)


def _described(server: Server, row: OwnRow) -> dict[str, Any]:
    """What the grant holds now (section 6.4). `last_updated` is the name the section defines."""
    choice = row.choice
    return {
        "scopes": [{"scope": " ".join(_granted(choice)), "resource": [server.api_audience]}],
        "claims": sorted({claim for scope in choice.scopes for claim in CATALOGUE[scope].claims}),
        "authorization_details": described_choice(choice, row.purpose),
        "created_at": to_seconds(row.granted_at),
        "last_updated": to_seconds(row.updated_at),
        "expires_at": to_seconds(row.expires_at),
        "updated_by": "client" if row.asked_by_app else "authorization_server",
        "grant_id": row.id,
        "grant_revision": row.revision,
    }


def _granted(choice: Choice) -> tuple[str, ...]:
    """Every scope of a grant, in the catalogue's order."""
    return choice.allows(tuple(CATALOGUE))
