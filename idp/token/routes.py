"""The token endpoint (RFC 6749 section 3.2): authenticate, load, decide, write, and only then answer."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from foundation.database import Transaction
from foundation.errors import AccordError
from foundation.web.forms import read_protocol_form
from foundation.web.lean import Endpoint, json_response
from idp.authorize.request import REPEATABLE
from idp.authorize.resources import is_ours
from idp.clients.assertion import AssertionUse, record_use
from idp.clients.authentication import (
    Credentials,
    Verifier,
    authorization_of,
    invalid_client,
    read_credentials,
    verify,
)
from idp.context import Server
from idp.dpop import checking as dpop
from idp.mtls.certificate import presented_in
from idp.token.client_grant import ClientGrant
from idp.token.code_grant import CodeGrant, IdToken, S256Challenge
from idp.token.loading import Loaded, load_by_line
from idp.token.plans import Work
from idp.token.refresh_grant import RefreshGrant
from idp.token.server import Case, TokenDesk, error_uri
from idp.token.text import parse_code, parse_refresh
from keys.seal import keyed_hash

TOKEN_PATH = "/token"  # noqa: S105  # a path
Grants = list[tuple[Any, list[Any]]]  # Authlib's: a grant's class, its extensions
CODE_EXTENSIONS = [S256Challenge(required=False), IdToken()]
REFRESHING = (RefreshGrant, [IdToken()])
_GRANTS: Grants = [(CodeGrant, CODE_EXTENSIONS), REFRESHING, (ClientGrant, [])]
GRANT_TYPES: tuple[str, ...] = tuple(grant.GRANT_TYPE for grant, _ in _GRANTS)
_NO_STORE = ((b"cache-control", b"no-store"), (b"pragma", b"no-cache"))  # RFC 6749 section 5.1


def verifier_for(server: Server, now: int, request: Request, profile: str | None = "") -> Verifier:
    """What proves an app's credentials here: our secret, and the audiences its assertions may name.

    profile: of the apps that are served, None for any.
    """
    audiences = (server.issuer, server.issuer + TOKEN_PATH)
    presented, authorities = presented_in(request), server.settings.client_certificate_authorities
    hash_key = server.secrets.token_hash
    return Verifier(hash_key, audiences, now, server.app_keys, profile, presented, authorities)


def token_endpoint(server: Server, profile: str = "", grants: Grants = _GRANTS) -> Endpoint:
    """POST /token, or what stands for it at the face of a profile, with its grants."""
    face, known = server.face(profile), tuple(grant.GRANT_TYPE for grant, _ in grants)

    async def token(request: Request) -> Response:
        form = await read_protocol_form(request, repeatable=REPEATABLE)
        _check_target(server, form.get("resource"))
        _check_grant_type(form.get("grant_type"), known)
        proof = None if profile else dpop.proof_of_app(server, request)
        credentials = read_credentials(authorization_of(request), form)
        loaded = await _load(server, credentials, form)
        if credentials.assertion and await server.app_keys.renewed(credentials.assertion, loaded.client):
            loaded = await _load(server, credentials, form)  # a fetch takes its time: things have moved on
        now = server.clock.now()
        verifier = verifier_for(server, now, request, profile)
        authenticated = verify(credentials, loaded.client, verifier)
        desk = TokenDesk(
            Case(server, form, authenticated, loaded, now, face, proof, verifier.presented), grants
        )
        status, body = desk.create_token_response()
        token_hash = await _finish(desk, body) if "access_token" in body else b""
        trace_id = request.scope["state"]["trace_id"]
        if desk.plan is not None or authenticated.use is not None:
            refused = await _write(desk, token_hash, trace_id)
            if refused is not None:
                status, body = refused
        else:
            await server.db.settled()  # a refusal of what was read alone: that must stand
        if status != 200:
            body["trace_id"] = trace_id
        return json_response(body, status, _NO_STORE if proof is None else (*_NO_STORE, *proof.headers))

    return token


async def _finish(desk: TokenDesk, body: dict[str, Any]) -> bytes:
    """Sign what an answer holds unsigned; the keyed hash of its access token."""
    server, face = desk.case.server, desk.case.face
    if face.completes:
        await face.complete(desk, body)
    if desk.drafts:
        body.update(zip(desk.unsigned, await server.signing.sign(desk.drafts), strict=False))
    return keyed_hash(server.secrets.token_hash, body["access_token"].encode())


def _check_grant_type(grant_type: str | None, known: tuple[str, ...]) -> None:
    # Before Authlib, which would repeat hostile text in its description.
    if grant_type is None:
        raise AccordError("invalid_request", "grant_type is missing.")
    if grant_type not in known:
        raise AccordError("unsupported_grant_type", f"grant_type is one of {', '.join(known)}.")


def _check_target(server: Server, resources: str | None) -> None:
    """RFC 8707 section 2.2: every token is for the one audience there is."""
    if resources is not None and not is_ours(server.issuer, resources):
        raise AccordError("invalid_target", f"resource is {server.api_audience}, which tokens here open.")


async def _load(server: Server, credentials: Credentials, form: Mapping[str, str]) -> Loaded:
    """The app, and the line that the code or refresh token names, in one query.

    Read ahead of the disk: what is answered waits for a unit, or until all of it is settled.
    """
    named = parse_code(form.get("code", "")) or parse_refresh(form.get("refresh_token", ""))
    line_id = "" if named is None else named.line_id
    async with server.db.reading(ahead=True) as tx:
        return await load_by_line(tx, credentials.client_id, line_id)


async def _write(desk: TokenDesk, token_hash: bytes, request_id: str) -> tuple[int, dict[str, Any]] | None:
    """Carry the plan out; the error answer when the writes found that it cannot be.

    An assertion is spent even by a call that was refused, and then plans nothing.
    """
    server, plan = desk.case.server, desk.plan
    async with server.db.transaction() as tx:
        await spend(tx, desk.case.authenticated.use)
        if desk.case.proof is not None:
            await dpop.spend(tx, desk.case.proof)
        work = Work(server, tx, desk.case.now, request_id, token_hash)
        refused = None if plan is None else await plan.apply(work)
        for record in desk.besides if refused is None else ():
            await record(work)
    if refused is None:
        return None
    return 400, {
        "error": refused.error,
        "error_description": refused.description,
        "error_uri": error_uri(server.issuer, refused.error),
    }


async def spend(tx: Transaction, use: AssertionUse | None) -> None:
    """Spend the assertion that authenticated a call. Raises AccordError when it was used before."""
    if use is not None and not await record_use(tx, use):
        raise invalid_client("a client assertion that was already used")
