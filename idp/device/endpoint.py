"""POST /device_authorization (RFC 8628 section 3.1): an app starts, and is given what to show and to poll."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from foundation.clock import SECOND
from foundation.database import Transaction
from foundation.errors import AccordError
from foundation.web.forms import read_protocol_form
from foundation.web.lean import Endpoint, json_response
from idp.authorize.checks import Refusal, after_trust, before_trust, first_refusal
from idp.authorize.openings import Openings
from idp.authorize.request import REPEATABLE, AuthorizeRequest
from idp.context import Server
from idp.device.codes import LIFETIME, code_hash, new_code, read_code
from idp.device.pages import DEVICE_PATH
from idp.dpop import checking as dpop
from idp.people.throttle import Throttle
from idp.polling import store
from idp.polling.asking import asking, polled
from idp.polling.kinds import DEVICE
from idp.token.calling import Door, prove_app, spend
from keys.seal import derive

DEVICE_AUTHORIZATION_PATH = "/device_authorization"
NAMES = (
    *("scope", "resource", "authorization_details", "claims", "acr_values", "max_age"),
    *("login_hint", "ui_locales", "dpop_jkt"),
)
_NO_STORE = ((b"cache-control", b"no-store"),)
_TRIES = 4  # at a code that nobody has: the second is hardly ever needed


def device_authorization_endpoint(server: Server) -> Endpoint:
    """The endpoint."""
    openings = Openings(Throttle(derive(server.secrets.lookup, "accord throttle v1")), server.settings)
    door = Door(server, named=DEVICE_AUTHORIZATION_PATH)

    async def start(request: Request) -> Response:
        form = await read_protocol_form(request, repeatable=REPEATABLE)
        proof = dpop.proof_of_app(server, request)
        authenticated = (await prove_app(door, request, form)).authenticated
        client, now = authenticated.client, server.clock.now()
        asked = asking(DEVICE, client, form, NAMES, now)
        checks = (*before_trust(asked), *after_trust(server.settings, asked))
        refusal = first_refusal(checks, asked, client) or _of_key(asked, proof)
        if proof is not None:
            asked = asked.model_copy(update={"dpop_jkt": proof.jkt})
        async with server.db.transaction() as tx:
            await spend(tx, authenticated.use)
            if proof is not None:
                await dpop.spend(tx, proof)
            if refusal is None:
                await openings.count_app(tx, client, request, now)
                answer = await _keep(server, tx, asked, now)
        if refusal is not None:  # an assertion is spent even by a call that was refused
            raise AccordError(refusal.error, refusal.description)
        return json_response(answer, 200, _NO_STORE if proof is None else (*_NO_STORE, *proof.headers))

    return start


def _of_key(asked: AuthorizeRequest, proof: dpop.Shown | None) -> Refusal | None:
    """A proof beside the call binds what it gives to the key, as dpop_jkt would (as at /par)."""
    if proof is None or asked.dpop_jkt in {None, proof.jkt}:
        return None
    return Refusal("invalid_dpop_proof", "dpop_jkt names another key than that of the DPoP proof.")


async def _keep(server: Server, tx: Transaction, asked: AuthorizeRequest, now: int) -> dict[str, Any]:
    """Keep the request; what the app is told (RFC 8628 section 3.2)."""
    key = server.secrets.token_hash
    text, row = polled(asked, key, expires_at=now + LIFETIME)
    for _ in range(_TRIES):
        code = new_code()
        if await store.keep(tx, row._replace(code_hash=code_hash(key, read_code(code) or ""))):
            page = server.issuer + DEVICE_PATH
            return {
                "device_code": text,
                "user_code": code,
                "verification_uri": page,
                "verification_uri_complete": f"{page}?user_code={code}",
                "expires_in": LIFETIME // SECOND,
                "interval": row.interval // SECOND,
            }
    raise RuntimeError("no short code is free")
