"""Token introspection (RFC 7662, RFC 9701): what a token of the asking app is worth right now."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from foundation.clock import to_seconds
from foundation.errors import AccordError
from foundation.web.forms import read_protocol_form
from foundation.web.lean import Endpoint, header, json_response, media_response
from idp.clients.authentication import invalid_client
from idp.clients.registry import Client
from idp.context import Server
from idp.details.limits import granted_details
from idp.encryption.enclosing import enclosed
from idp.fapi import rules as fapi
from idp.token.behalf import acting
from idp.token.binding import read_binding
from idp.token.calling import Door, prove_caller, spend
from idp.token.found import Found, showing
from idp.token.lines import LineRow
from idp.token.loading import GrantRow, TokenRow
from keys.signing import Draft

INTROSPECTION_PATH = "/introspect"
TYP = "token-introspection+jwt"
MEDIA = f"application/{TYP}"
_INACTIVE = {"active": False}


def introspection_endpoint(server: Server) -> Endpoint:
    """POST /introspect."""
    door = Door(server)

    async def introspect(request: Request) -> Response:
        form = await read_protocol_form(request)
        caller = await prove_caller(door, request, form, showing(server, form))
        authenticated, found, now = caller.authenticated, caller.loaded.found, caller.now
        if authenticated.client.metadata.auth_method == "none":
            # Anyone knows a public client's id: answering would let anyone test stolen tokens (section 4).
            raise invalid_client("introspection by a public client")
        if authenticated.use is not None:
            async with server.db.transaction(single=True) as tx:
                await spend(tx, authenticated.use)
        if "token" not in form:
            raise AccordError("invalid_request", "token is missing.")
        own = found is not None and found.client_id == authenticated.client.id and found.is_live(now)
        answer = _describe(server, found) if found is not None and own else _INACTIVE
        if MEDIA in ",".join(header(request, b"accept")).lower():
            return await _signed(server, authenticated.client, answer, now)
        return json_response(answer)

    return introspect


async def _signed(server: Server, client: Client, answer: dict[str, Any], now: int) -> Response:
    """The answer as a JWT for the app that asks (RFC 9701 section 5).

    No `sub` and no `exp` of its own, so that nothing takes it for a token (section 8.1).
    """
    metadata = client.metadata
    alg = metadata.introspection_signed_response_alg or fapi.default_alg(metadata)
    claims = {
        "iss": server.issuer,
        "aud": client.id,
        "iat": to_seconds(now),
        "token_introspection": answer,
    }
    [text] = await server.signing.sign([Draft(server.ring.signer("token", alg), TYP, claims)])
    return media_response(MEDIA, await enclosed(server, client, "introspection", text, TYP))


def _describe(server: Server, found: Found) -> dict[str, Any]:
    """The answer for a live token (section 2.2)."""
    line, grant, token = found.loaded.line, found.loaded.grant, found.loaded.token
    answer: dict[str, Any] = {
        "active": True,
        "iss": server.issuer,
        "client_id": found.client_id,
        "sub": line.subject if line is not None else found.client_id,
    }
    if token is not None:
        answer |= _of_access(server, token, line, grant)
    elif line is not None and grant is not None:
        answer["scope"] = grant.allows(line.scope)
        answer["exp"] = to_seconds(min(grant.expires_at, found.ends_at))
    if found.loaded.found is not None:
        answer["act"] = acting(found.client_id, found.loaded.found)  # RFC 8693 section 4.1
    if grant is not None:
        answer |= {"grant_id": grant.id, "grant_revision": grant.revision}
    details = None if line is None else line.details if token is None else token.details
    if grant is not None and details is not None:
        scopes = str(answer["scope"]).split()
        answer["authorization_details"] = granted_details(grant.choice_json, details, scopes)
    return answer


def _of_access(
    server: Server, token: TokenRow, line: LineRow | None, grant: GrantRow | None
) -> dict[str, Any]:
    """What an access token has and a refresh token has not."""
    said: dict[str, Any] = {
        "token_type": "Bearer",
        "aud": server.api_audience,
        "scope": token.scope if grant is None else grant.allows(token.scope),
        "jti": token.id,
        "iat": to_seconds(token.issued_at),
        "exp": to_seconds(token.expires_at),
    }
    if token.cnf is not None:
        binding = read_binding(token.cnf)
        said |= {"token_type": binding.token_type, "cnf": binding.cnf}
    if line is not None:
        said["auth_time"] = to_seconds(line.auth_time)  # RFC 9470 section 6.2
        if line.acr is not None:
            said["acr"] = line.acr
    return said
