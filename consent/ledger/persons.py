"""What a leaf says of a person, and how her payload is kept: all of it under her own keys.

Destroying those keys makes every pseudonym unlinkable, every commitment unopenable and every payload
unreadable, while no leaf changes: that is how erasure and an append-only log live together.
"""

import base64
import hmac
import time
from functools import lru_cache
from typing import Any

import orjson

from consent.ledger.leaf import Leaf
from foundation.clock import DAY, SECOND
from keys.people import PersonSecrets
from keys.seal import SealError, hmac_sha256, seal, unseal
from keys.sign import b64url

_PSEUDONYM = b"accord ledger pseudonym v1\x00"
_COMMITMENT = b"accord ledger commitment v1\x00"
_PAYLOAD = b"accord ledger payload v1\x00"


class PayloadError(Exception):
    """A payload does not open, or is not what its leaf committed to."""


def pseudonym(secrets: PersonSecrets, client: str | None, now: int) -> str:
    """The person's name in leaves about `client` in the calendar year (UTC) of `now`.

    16 bytes of HMAC-SHA-256 under her secret: two apps, or two years, have nothing to compare.
    """
    message = _PSEUDONYM + f"{client or ''}\x00{_year(now // DAY)}".encode()
    return "p-" + b64url(hmac_sha256(secrets.secret, message)[:16])


@lru_cache(maxsize=16)
def _year(day: int) -> int:
    """The calendar year (UTC) of a day since the epoch."""
    return time.gmtime(day * (DAY // SECOND)).tm_year


def commitment_key(secrets: PersonSecrets, event_id: str) -> bytes:
    """The key of one event's commitment: it can be shown with that payload and opens no other."""
    return hmac_sha256(secrets.secret, _COMMITMENT + event_id.encode())


def commitment(key: bytes, salt: bytes, payload: bytes) -> str:
    """HMAC-SHA-256 over the leaf's 16 bytes of salt and the canonical payload, base64url."""
    return b64url(hmac_sha256(key, salt + payload))


def seal_payload(secrets: PersonSecrets, event_id: str, payload: bytes) -> bytes:
    """AES-256-GCM under the person's data key, bound to the event's id."""
    return seal(secrets.data_key, payload, _PAYLOAD + event_id.encode())


def open_payload(secrets: PersonSecrets, leaf: Leaf, sealed: bytes) -> dict[str, Any]:
    """The payload of an event, checked against its leaf's commitment. Raises PayloadError."""
    try:
        payload = unseal(secrets.data_key, sealed, _PAYLOAD + leaf.id.encode())
    except SealError as error:
        raise PayloadError("the sealed payload does not open under this person's key") from error
    salt = base64.urlsafe_b64decode(leaf.salt + "==")
    promised = commitment(commitment_key(secrets, leaf.id), salt, payload)
    if leaf.commitment is None or not hmac.compare_digest(promised, leaf.commitment):
        raise PayloadError("the payload is not what the leaf committed to")
    opened: dict[str, Any] = orjson.loads(payload)
    return opened
