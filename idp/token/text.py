"""The text of codes and tokens: making it, and reading it back from hostile hands.

    code            ac_<line id>.<secret>
    refresh token   rt_<line id>.<generation>.<mac>
    access token    a JWT (RFC 9068) whose jti is its row; or at_<row>.<secret>, for an app that registered
                    so; of another face, <prefix><row>.<secret>

The first part finds a row, the rest proves the right to it and is compared as a keyed hash in constant time.
A refresh token is derived from its line and generation and stored nowhere: that is why a rotation has one
successor under any race, and why a retry can be given the same one (invariant 3).
"""

import hmac
import re
import secrets
from base64 import urlsafe_b64decode
from typing import NamedTuple

from foundation.ids import is_id
from keys.seal import keyed_hash
from keys.sign import b64url

_CODE = re.compile(r"ac_([0-9a-f]{32})\.([A-Za-z0-9_-]{43})", re.ASCII)
_REFRESH = re.compile(r"rt_([0-9a-f]{32})\.([1-9][0-9]{0,17})\.([A-Za-z0-9_-]{43})", re.ASCII)
_JWT_MAX = 8192


class Mark(NamedTuple):
    """What stands before the row's id in an access token: tokens of different marks are strangers.

    characters: for a JWT, how much of its payload's base64 holds that and the id, so that finding a row
    decodes one short piece; 0 for a token that says it in clear.
    """

    start: bytes
    characters: int


OWN_MARK = Mark(b'{"jti":"', 56)  # of these 42 bytes, 32 are the id and one closes its quote
OPAQUE = "at_"  # what Accord's own begin with where they are no JWT
_OPAQUE_MARK = Mark(OPAQUE.encode(), 0)


def new_opaque(prefix: str, token_id: str) -> str:
    """An access token that says nothing: for apps that take no long ones."""
    return f"{prefix}{token_id}.{secrets.token_urlsafe(32)}"


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


def unverified_jti(unverified: str, mark: Mark = OWN_MARK) -> str | None:
    """The row id an access token claims, or None when it cannot be one of ours, of that mark.

    Nothing is believed of the token: the row found by this id is compared with a hash of the whole text.
    """
    if len(unverified) > _JWT_MAX:
        return None
    if mark is OWN_MARK and unverified.startswith(OPAQUE):
        mark = _OPAQUE_MARK
    try:
        claims = (
            urlsafe_b64decode(unverified.partition(".")[2][: mark.characters])
            if mark.characters
            else unverified.encode("ascii")
        )
    except ValueError:  # not base64, or not ASCII
        return None
    jti = claims[len(mark.start) : len(mark.start) + 32].decode("latin-1")
    return jti if claims.startswith(mark.start) and is_id(jti) else None
