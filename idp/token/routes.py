"""The token endpoint (RFC 6749 section 3.2): authenticate, load, decide, write, and only then answer."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from foundation.database import ConflictError, Transaction
from foundation.errors import AccordError
from foundation.series import Spent
from foundation.web.forms import read_protocol_form
from foundation.web.lean import Endpoint, json_response
from idp.authorize.request import REPEATABLE
from idp.authorize.resources import is_ours
from idp.clients import assertion
from idp.clients.authentication import Credentials
from idp.context import Server
from idp.dpop import checking as dpop
from idp.dpop import uses
from idp.encryption.enclosing import NoKeyError, enclosed
from idp.token.calling import Door, prove_caller, spend
from idp.token.client_grant import ClientGrant
from idp.token.code_grant import CodeGrant, IdToken, S256Challenge
from idp.token.loading import Loaded, load_by_line
from idp.token.plans import Brief
from idp.token.refresh_grant import RefreshGrant
from idp.token.server import Case, TokenDesk, error_uri
from idp.token.telling import add_claims
from idp.token.text import parse_code, parse_refresh
from idp.token.writing import Work
from keys.seal import keyed_hash

# What a request of a kind is decided on: from the app's id, unproved, and the form.
Loader = Callable[[Transaction, str, Mapping[str, str]], Awaitable[Loaded]]
_REPEATABLE = REPEATABLE | {"audience"}  # RFC 8693 section 2.1
_NO_STORE = ((b"cache-control", b"no-store"), (b"pragma", b"no-cache"))  # RFC 6749 section 5.1


async def load_named_line(tx: Transaction, client_id: str, form: Mapping[str, str]) -> Loaded:
    """The app, and the line that the code or refresh token names, in one query."""
    named = parse_code(form.get("code", "")) or parse_refresh(form.get("refresh_token", ""))
    return await load_by_line(tx, client_id, "" if named is None else named.line_id)


class GrantKind(NamedTuple):
    """A way to ask for tokens. rules: Authlib's class for it. load: what it is decided on."""

    rules: Any
    extensions: tuple[Any, ...] = ()
    load: Loader = load_named_line

    @property
    def grant_type(self) -> str:
        return str(self.rules.GRANT_TYPE)


CODE_EXTENSIONS = (S256Challenge(required=False), IdToken())
CODE = GrantKind(CodeGrant, CODE_EXTENSIONS)
REFRESH = GrantKind(RefreshGrant, (IdToken(),))
CLIENT = GrantKind(ClientGrant)


def token_endpoint(server: Server, kinds: Sequence[GrantKind], profile: str = "") -> Endpoint:
    """POST /token for these kinds of grant, or what stands for it at the face of a profile."""
    face, known = server.face(profile), {kind.grant_type: kind for kind in kinds}
    door = Door(server, profile)

    async def token(request: Request) -> Response:
        form = await read_protocol_form(request, repeatable=_REPEATABLE)
        _check_target(server, form.get("resource"))
        kind = _kind_in(form, known)
        proof = None if profile else dpop.proof_of_app(server, request)

        async def load(credentials: Credentials) -> Loaded:
            # Read ahead of the disk: what is answered waits for a unit, or until all of it is settled.
            async with server.db.reading(ahead=True) as tx:
                return await kind.load(tx, credentials.client_id, form)

        caller = await prove_caller(door, request, form, load)
        case = Case(server, form, caller, face, proof)
        desk = TokenDesk(case, [(kind.rules, list(kind.extensions))])
        status, body = desk.create_token_response()
        token_hash = b""
        if "access_token" in body:
            try:
                token_hash = await _finish(desk, body)
            except NoKeyError as error:  # what it could not read is not given
                desk.give_up()
                status, body = error.status, _refusal(server, error.code, error.description)
        trace_id = request.scope["state"]["trace_id"]
        if desk.plan is not None or caller.authenticated.use is not None:
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
    elif "id_token" in body:
        await add_claims(desk)
    if desk.drafts:
        body.update(zip(desk.unsigned, await server.signing.sign(desk.drafts), strict=False))
    if desk.case.client.metadata.id_token_encrypted_response_alg and "id_token" in body:
        body["id_token"] = await enclosed(server, desk.case.client, "id_token", body["id_token"])
    return keyed_hash(server.secrets.token_hash, body["access_token"].encode())


def _kind_in(form: Mapping[str, str], known: Mapping[str, GrantKind]) -> GrantKind:
    # Before Authlib, which would repeat hostile text in its description.
    if "grant_type" not in form:
        raise AccordError("invalid_request", "grant_type is missing.")
    kind = known.get(form["grant_type"])
    if kind is None:
        raise AccordError("unsupported_grant_type", f"grant_type is one of {', '.join(known)}.")
    return kind


def _check_target(server: Server, resources: str | None) -> None:
    """RFC 8707 section 2.2: every token is for the one audience there is."""
    if resources is not None and not is_ours(server.issuer, resources):
        raise AccordError("invalid_target", f"resource is {server.api_audience}, which tokens here open.")


async def _write(desk: TokenDesk, token_hash: bytes, request_id: str) -> tuple[int, dict[str, Any]] | None:
    """Carry the plan out; the error answer when the writes found that it cannot be.

    An assertion is spent even by a call that was refused, and then plans nothing.
    """
    case, plan = desk.case, desk.plan
    server, proof, use = case.server, case.proof, case.caller.authenticated.use
    given = server, case.now, request_id, token_hash
    if isinstance(plan, Brief) and not desk.besides:
        with suppress(ConflictError):  # what it spends is being used elsewhere, as will be found out below
            async with server.db.transaction(single=True) as tx:
                done = await plan.at_once(Work(tx, *given, _spent(case)))
            if done:
                return None
    async with server.db.transaction() as tx:
        await spend(tx, use)
        if proof is not None:
            await dpop.spend(tx, proof)
        work = Work(tx, *given)
        refused = None if plan is None else await plan.apply(work)
        for record in desk.besides if refused is None else ():
            await record(work)
    if refused is None:
        return None
    return 400, _refusal(server, refused.error, refused.description)


def _spent(case: Case) -> tuple[Spent, ...]:
    """What allows the call, and allows one: an assertion, a proof of possession."""
    use, proof = case.caller.authenticated.use, case.proof
    assertions = () if use is None else (assertion.spent(use),)
    return assertions if proof is None else (*assertions, uses.spent(proof.proof))


def _refusal(server: Server, error: str, description: str) -> dict[str, Any]:
    return {
        "error": error,
        "error_description": description,
        "error_uri": error_uri(server.issuer, error),
    }
