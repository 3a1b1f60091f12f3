"""Where a POST comes from, and where a person may be sent back to.

Two things must agree: the form holds the token bound to this session, always; and what the browser says of
where the request starts (`Sec-Fetch-Site`, else `Origin`) is our own origin. Another port of the same host is
"same-site", so cookies alone and SameSite alone prove nothing.
"""

import hashlib
import hmac
import os
import re
from urllib.parse import urlsplit

from starlette.requests import Request

from foundation.errors import AccordError
from foundation.web.forms import Form

FIELD = "form_token"
_MASK_BYTES = 16
_LOCAL = re.compile(r"/(?![/\\])[!-~]*", re.ASCII)
_NOT_LOCAL = re.compile(r"[\\;]|%(?:0[0-9a-f]|1[0-9a-f]|5c|7f)", re.IGNORECASE)
_LONGEST_PATH = 4000


def form_token(session_secret: bytes) -> str:
    """A form's hidden field for the session that holds `session_secret` (32 bytes).

    Masked anew each time, so that a compressing proxy cannot be made to guess it byte by byte (BREACH).
    """
    mask = os.urandom(_MASK_BYTES)
    return (mask + _masked(_proof(session_secret), mask)).hex()


def check(request: Request, form: Form, session_secret: bytes, origin: str) -> None:
    """Let pass only a form that this session was served by `origin` (our issuer's scheme, host and port).

    Raises AccordError csrf_refused, which tells the person to open the page again.
    """
    if not _from_ourselves(request, origin) or not is_form_token(form.single(FIELD), session_secret):
        raise AccordError(
            "csrf_refused",
            "The form was not sent from our own page, or the session changed since it was opened.",
            status=403,
        )


def is_form_token(text: str, session_secret: bytes) -> bool:
    """Whether hostile text is a token of the session, compared in constant time."""
    try:
        raw = bytes.fromhex(text)
    except ValueError:
        return False
    mask, masked = raw[:_MASK_BYTES], raw[_MASK_BYTES:]
    return len(mask) == _MASK_BYTES and hmac.compare_digest(_masked(_proof(session_secret), mask), masked)


def origin_of(url: str) -> str:
    """Scheme, host and port of a URL that was validated before, as a browser writes them in `Origin`."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()


def local_path(text: str, default: str = "/") -> str:
    r"""`text` if a browser can only read it as a path on this very origin, else `default`.

    Refused: `//host`, `/\host`, backslashes, `;`, tabs and other controls, encoded or not, non-ASCII.
    """
    if len(text) <= _LONGEST_PATH and _LOCAL.fullmatch(text) and not _NOT_LOCAL.search(text):
        return text
    return default


def _from_ourselves(request: Request, origin: str) -> bool:
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    # Every browser names its origin with a POST. A program that names none is nobody's browser being abused:
    # there, the token bound to the session is the proof.
    sent = request.headers.get("origin")
    return sent is None or sent == origin


def _proof(session_secret: bytes) -> bytes:
    return hmac.new(session_secret, b"accord form v1", hashlib.sha256).digest()[:_MASK_BYTES]


def _masked(proof: bytes, mask: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(proof, mask, strict=True))
