"""Token revocation (RFC 7009): giving back any token of a line ends the line.

It stays open when the ledger lags: ending access must never wait.
"""

from starlette.requests import Request
from starlette.responses import Response

from foundation.errors import AccordError
from foundation.web.forms import read_protocol_form
from foundation.web.lean import Endpoint, json_response
from idp.clients.assertion import AssertionUse
from idp.clients.authentication import authorization_of, read_credentials, verify
from idp.context import Server
from idp.token import lines
from idp.token.events import TokenRevoked
from idp.token.found import Found, load_shown
from idp.token.routes import spend, verifier_for

REVOCATION_PATH = "/revoke"


def revocation_endpoint(server: Server) -> Endpoint:
    """POST /revoke."""

    async def revoke(request: Request) -> Response:
        form = await read_protocol_form(request)
        credentials = read_credentials(authorization_of(request), form)
        loaded, found = await load_shown(server, credentials, form)
        if credentials.assertion and await server.app_keys.renewed(credentials.assertion, loaded.client):
            loaded, found = await load_shown(server, credentials, form)  # things have moved on meanwhile
        now = server.clock.now()
        # Whatever face an app is served by, it may give back what it holds.
        authenticated = verify(credentials, loaded.client, verifier_for(server, now, request, profile=None))
        mine = found is not None and found.client_id == authenticated.client.id
        await _end(server, found if mine else None, authenticated.use, now, request)
        if "token" not in form:
            raise AccordError("invalid_request", "token is missing.")
        # An unknown token is as dead as it can be (section 2.2): the answer is the same.
        return json_response({})

    return revoke


async def _end(
    server: Server, found: Found | None, use: AssertionUse | None, now: int, request: Request
) -> None:
    async with server.db.transaction() as tx:
        await spend(tx, use)
        if found is None:
            return
        line, grant, token = found.loaded.line, found.loaded.grant, found.loaded.token
        if line is not None:
            ended = await tx.run(lines.END_LINE, line_id=line.id, now=now)
        else:
            ended = await tx.run(lines.END_TOKEN, token_id=token.id if token else "", now=now)
        if ended:
            event = TokenRevoked(
                client=found.client_id,
                grant=None if grant is None else grant.id,
                revision=None if grant is None else grant.revision,
                line=None if line is None else line.id,
                token=None if token is None else token.id,
                kind=found.kind,
            )
            person = found.loaded.person(server.people)
            trace = request.scope["state"]["trace_id"]
            await server.ledger.append(tx, event, person=person, now=now, request_id=trace)
