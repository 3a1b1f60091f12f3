"""The leaf, format v1: what the tree commits to for one event. Final: leaves can never be migrated.

A leaf is one RFC 8785 object with exactly the keys below, null where they do not apply. It carries no
personal datum: a pseudonym for the person, and a keyed commitment to a payload that stands sealed beside it.

    v           1
    id          event id, 32 hexadecimal characters, time-ordered (its first 12 are `time` in milliseconds)
    time        microseconds since the epoch
    event       type name of the catalogue, such as "data.read"
    log         "consent" or "security": which clock of retention it follows
    outcome     "success", "refused" or "failed"
    client      client id of the app, or null
    person      pseudonym "p-…" (see persons.py), or null
    grant       grant id, or null
    revision    revision of that grant, or null
    scopes      space-separated scopes, or null
    facts       flat object of the public fields that the event's class declares
    request     trace id of the HTTP request, or null
    salt        16 random bytes, base64url: an observer of hashes cannot guess the leaf
    commitment  32 bytes, base64url: HMAC over salt and payload (see persons.py), or null without a payload
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from consent.ledger.canonical import SCALARS, CanonicalError, encode_guarded, parse_canonical
from foundation.ids import is_id, oldest_id_at

VERSION = 1
MAX_BYTES = 65_535  # the size prefix of an entry bundle has 16 bits (C2SP tlog-tiles)
LOGS = frozenset(("consent", "security"))
OUTCOMES = frozenset(("success", "refused", "failed"))
FACT_KEY = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)
EVENT_NAME = re.compile(r"[a-z]+(?:\.[a-z_]+)+", re.ASCII)

# The last character carries no stray bits: one value, one spelling.
_BYTES_16 = re.compile(r"[A-Za-z0-9_-]{21}[AQgw]", re.ASCII)
_BYTES_32 = re.compile(r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]", re.ASCII)


class LeafError(ValueError):
    """A leaf that is not format v1, or that would not be."""


class Leaf(NamedTuple):
    """A parsed leaf; the module's docstring gives the meaning of each field."""

    v: int
    id: str
    time: int
    event: str
    log: str
    outcome: str
    client: str | None
    person: str | None
    grant: str | None
    revision: int | None
    scopes: str | None
    facts: dict[str, str | int | bool | None]
    request: str | None
    salt: str
    commitment: str | None


KEYS = frozenset(Leaf._fields)


def leaf_hash(leaf: bytes) -> bytes:
    """SHA-256(0x00 || leaf), RFC 6962 section 2.1."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def encode_leaf(fields: Mapping[str, Any]) -> bytes:
    """The canonical bytes of a leaf whose fields hold only scalars and flat facts.

    Raises LeafError when it would be too long, outside the canonical subset, or hold a control character.
    """
    try:
        leaf = encode_guarded(fields)
    except CanonicalError as error:
        raise LeafError(str(error)) from error
    if len(leaf) > MAX_BYTES:
        raise LeafError(f"a leaf of {len(leaf)} bytes; the limit is {MAX_BYTES}")
    if b"\\u00" in leaf:
        raise LeafError("a control character")  # NUL fits no text column; none has a meaning here
    return leaf


def parse_leaf(text: str) -> Leaf:
    """The leaf that `text` is the canonical form of. Raises LeafError naming the field that is wrong."""
    if len(text) > MAX_BYTES:
        raise LeafError("longer than a leaf may be")
    try:
        fields = parse_canonical(text)
    except CanonicalError as error:
        raise LeafError(str(error)) from error
    if fields.keys() != KEYS:
        raise LeafError(f"keys differ from format v1: {sorted(fields.keys() ^ KEYS)}")
    for name, holds in _RULES.items():
        if not holds(fields[name]):
            raise LeafError(f"field {name!r} is not as format v1 says")
    leaf = Leaf(**fields)
    if not same_moment(leaf.id, leaf.time):
        raise LeafError("fields 'id' and 'time' tell different moments")
    return leaf


def same_moment(event_id: str, time: int) -> bool:
    """Whether an event id was made at `time` (to the millisecond it carries)."""
    return event_id[:12] == oldest_id_at(time)[:12]


def _text(value: object) -> bool:
    return value is None or type(value) is str


def _matching(pattern: re.Pattern[str]) -> Callable[[object], bool]:
    return lambda value: type(value) is str and pattern.fullmatch(value) is not None


def _pseudonym(value: object) -> bool:
    return value is None or (
        type(value) is str and value.startswith("p-") and _BYTES_16.fullmatch(value, 2) is not None
    )


def _flat(value: object) -> bool:
    return type(value) is dict and all(
        FACT_KEY.fullmatch(key) and type(item) in SCALARS for key, item in value.items()
    )


_commitment = _matching(_BYTES_32)

_RULES: dict[str, Callable[[Any], bool]] = {
    "v": lambda value: type(value) is int and value == VERSION,
    "id": lambda value: type(value) is str and is_id(value),
    "time": lambda value: type(value) is int and value >= 0,
    "event": _matching(EVENT_NAME),
    "log": lambda value: type(value) is str and value in LOGS,
    "outcome": lambda value: type(value) is str and value in OUTCOMES,
    "client": _text,
    "person": _pseudonym,
    "grant": _text,
    "revision": lambda value: value is None or (type(value) is int and value >= 0),
    "scopes": _text,
    "facts": _flat,
    "request": _text,
    "salt": _matching(_BYTES_16),
    "commitment": lambda value: value is None or _commitment(value),
}
