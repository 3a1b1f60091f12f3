"""Requests that an app signs (CIBA Core section 7.1.1): everything is in the object, and it is good once."""

import hashlib
from collections.abc import Mapping
from typing import NamedTuple

from foundation.clock import HOUR, to_seconds
from idp.authorize.checks import Refusal
from idp.authorize.signed import Reader, key_named, read_object
from idp.authorize.sources import keys_of
from idp.ciba.asked import FIELDS, HINTS, PARAMETERS
from idp.clients.assertion import AssertionUse
from idp.clients.registry import Client
from idp.context import Server

_ONCE = ("jti", "iat")
_ASKED = frozenset((*PARAMETERS, *FIELDS, *HINTS))
_NAMES = (*_ASKED, *_ONCE)
_KEPT = 2 * HOUR  # longer than any object lives
_UNSIGNED = Refusal("invalid_request", "This application signs its requests: send one `request`.")
_NOT_REGISTERED = Refusal(
    "invalid_request", "request is taken from who registered backchannel_authentication_request_signing_alg."
)
USED = Refusal("invalid_request", "This request object was already used: its jti is good once.")


class Said(NamedTuple):
    """What an app asks, wherever it stands. use: of the object, still to be recorded; None for a form."""

    form: Mapping[str, str]
    use: AssertionUse | None = None


async def said_in(server: Server, client: Client, form: Mapping[str, str], now: int) -> Said | Refusal:
    """The parameters of a request, out of its object where the app registered that it signs."""
    alg, text = client.metadata.backchannel_authentication_request_signing_alg, form.get("request", "")
    if not alg or not text:
        return _UNSIGNED if alg else _NOT_REGISTERED if text else Said(form)
    beside = sorted(_ASKED & form.keys())
    if beside:
        return Refusal("invalid_request", f"{beside[0]} stands beside the signed request: put it inside.")
    pinned = {"request_object_signing_alg": alg, "require_signed_request_object": True}
    metadata = client.metadata.model_copy(update=pinned)
    reader = Reader(client.id, metadata, server.issuer, to_seconds(now), _NAMES)
    read = read_object(text, await keys_of(server, client, key_named(text)), reader)
    if isinstance(read, Refusal):
        return Refusal("invalid_request", read.description)
    said = {name: " ".join(values) for name, values in read.items() if values}
    if any(name not in said for name in _ONCE):
        return Refusal("invalid_request", "The request object says its iat and its jti.")
    digest = hashlib.sha256(f"backchannel {said['jti']}".encode()).digest()
    return Said(said, AssertionUse(client.id, digest, now + _KEPT))
