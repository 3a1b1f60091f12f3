"""The text of codes and tokens: making it, and reading it back from hostile hands.

    code            ac_<line id>.<secret>
    refresh token   rt_<line id>.<generation>.<mac>
    access token    a JWT (RFC 9068) whose jti is its row

The first part finds a row, the rest proves the right to it and is compared as a keyed hash in constant time.
A refresh token is derived from its line and generation and stored nowhere: that is why a rotation has one
successor under any race, and why a retry can be given the same one (invariant 3).
"""

import hmac
import re
import secrets
from base64 import urlsafe_b64decode
from typing import NamedTuple

import orjson

from foundation.ids import is_id
from keys.seal import keyed_hash
from keys.sign import b64url

_CODE = re.compile(r"ac_([0-9a-f]{32})\.([A-Za-z0-9_-]{43})", re.ASCII)
_REFRESH = re.compile(r"rt_([0-9a-f]{32})\.([1-9][0-9]{0,17})\.([A-Za-z0-9_-]{43})", re.ASCII)
_JWT_MAX = 8192


class CodeText(NamedTuple):
    """A code that has the shape of one; nothing is proved yet."""

    line_id: str
    secret: str


class RefreshText(NamedTuple):
    """A refresh token that has the shape of one; nothing is proved yet."""

    line_id: str
    generation: int
    mac: str


def new_code(line_id: str) -> tuple[str, str]:
    """A fresh code for a line, and its secret part (256 bits)."""
    secret = secrets.token_urlsafe(32)
    return f"ac_{line_id}.{secret}", secret


def parse_code(unverified: str) -> CodeText | None:
    """The parts of a code, or None when it cannot be one of ours."""
    match = _CODE.fullmatch(unverified)
    return CodeText(match[1], match[2]) if match else None


def refresh_token(key: bytes, line_id: str, generation: int) -> str:
    """The one refresh token of a line at a generation."""
    return f"rt_{line_id}.{generation}.{_mac(key, line_id, generation)}"


def parse_refresh(unverified: str) -> RefreshText | None:
    """The parts of a refresh token, or None when it cannot be one of ours."""
    match = _REFRESH.fullmatch(unverified)
    return RefreshText(match[1], int(match[2]), match[3]) if match else None


def is_authentic(key: bytes, unverified: RefreshText) -> bool:
    """Whether we made this refresh token, in constant time."""
    return hmac.compare_digest(unverified.mac, _mac(key, unverified.line_id, unverified.generation))


def _mac(key: bytes, line_id: str, generation: int) -> str:
    return b64url(keyed_hash(key, f"refresh {line_id} {generation}".encode()))


def unverified_jti(unverified: str) -> str | None:
    """The row id an access token claims, or None when it cannot be one of ours.

    Nothing is believed of the token: the row found by this id is compared with a hash of the whole text.
    """
    parts = unverified.split(".")
    if len(parts) != 3 or len(unverified) > _JWT_MAX or not unverified.isascii():
        return None
    try:
        claims = orjson.loads(urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except ValueError:
        return None
    jti = claims.get("jti") if isinstance(claims, dict) else None
    return jti if isinstance(jti, str) and is_id(jti) else None
