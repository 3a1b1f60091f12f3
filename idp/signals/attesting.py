"""POST /signals/attestations: an app says that it erased what it had read."""

import re
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from foundation.clock import SECOND, to_seconds
from foundation.ids import is_id
from foundation.web.lean import Endpoint, json_response
from idp.context import Server
from idp.signals.calls import Call, bad_call, member, read_call
from idp.signals.erasure import Attestation, attest
from idp.token.calling import spend

ATTESTATION_PATH = "/signals/attestations"
_MOMENT = re.compile(
    r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|[+-]\d{2}:\d{2})", re.ASCII
).fullmatch
_MEMBERS = frozenset(("jti", "grant_id", "erased_at", "statement"))


def attestation_endpoint(server: Server) -> Endpoint:
    """The endpoint."""

    async def attestation(request: Request) -> Response:
        call = await read_call(server, request)
        word, now = read_attestation(call), server.clock.now()
        async with server.db.transaction() as tx:
            await spend(tx, call.use)
            answered = await attest(server, tx, call.client.id, word, now)
        return json_response({"attested": answered, "erased_at": to_seconds(word.erased_at)})

    return attestation


def read_attestation(call: Call) -> Attestation:
    """What an app attests. Raises AccordError `invalid_request`."""
    unknown = call.said.keys() - _MEMBERS
    if unknown:
        raise bad_call(f"The members are {', '.join(sorted(_MEMBERS))}.")
    signal_id, grant_id = (member(call.said, name, str, "") for name in ("jti", "grant_id"))
    if bool(signal_id) == bool(grant_id) or not is_id(signal_id or grant_id):
        raise bad_call("Give jti or grant_id, one of them.")
    statement = member(call.said, "statement", str, "").strip()
    return Attestation(signal_id, grant_id, _moment(call), statement, "api")


def _moment(call: Call) -> int:
    """erased_at, in microseconds: an RFC 3339 time, or whole seconds since 1970."""
    given = call.said.get("erased_at")
    if type(given) is int and 0 < given < 10**11:
        return given * SECOND
    if isinstance(given, str) and _MOMENT(given):
        try:
            return round(datetime.fromisoformat(given).timestamp() * SECOND)
        except (ValueError, OverflowError):
            pass
    raise bad_call("erased_at is a time of RFC 3339, or seconds since 1970.")
