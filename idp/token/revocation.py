"""Token revocation (RFC 7009): giving back any token of a line ends the line.

It stays open when the ledger lags: ending access must never wait.
"""

from starlette.requests import Request
from starlette.responses import Response

from foundation.errors import AccordError
from foundation.web.forms import read_protocol_form
from foundation.web.lean import Endpoint, json_response
from idp.clients.assertion import AssertionUse
from idp.context import Server
from idp.token import lines
from idp.token.calling import Door, prove_caller, spend
from idp.token.events import TokenRevoked
from idp.token.found import Found, showing

REVOCATION_PATH = "/revoke"


def revocation_endpoint(server: Server) -> Endpoint:
    """POST /revoke."""
    door = Door(server, profile=None)  # whatever face an app is served by, it may give back what it holds

    async def revoke(request: Request) -> Response:
        form = await read_protocol_form(request)
        caller = await prove_caller(door, request, form, showing(server, form))
        found = caller.loaded.found
        mine = found is not None and found.client_id == caller.client.id
        await _end(server, found if mine else None, caller.authenticated.use, caller.now, request)
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
