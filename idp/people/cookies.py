"""What a browser keeps: the session cookie, `<id>.<secret>`; a held link; by what it is known at a sign-in.

A browser in which nobody is signed in still needs an id (a pending request hangs on it) and a secret (its
form tokens are made from it). Both are in the cookie, and the secret is a MAC of the id: it proves itself, so
that opening the sign-in page writes nothing and a flood of such openings stores nothing.
"""

import hmac
import re
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlsplit

from starlette.responses import Response

from foundation.clock import SECOND
from foundation.ids import new_id
from foundation.settings import Settings
from keys.seal import derive, keyed_hash

LINK_SECONDS = 1800
DEVICE_SECONDS = 390 * 86_400  # 13 months, counted anew from each sign-in
_SHAPE = re.compile(r"([0-9a-f]{32})\.([A-Za-z0-9_-]{43})", re.ASCII)


class Credential(NamedTuple):
    """A cookie's two parts; nothing is proved yet when it comes from a request."""

    id: str
    secret: str


def parse_credential(unverified: str) -> Credential | None:
    """The parts of a cookie, or None when it cannot be one of ours."""
    match = _SHAPE.fullmatch(unverified)
    return Credential(match[1], match[2]) if match else None


@dataclass(frozen=True, slots=True)
class SetCookie:
    """A cookie to send with the answer. value: "" to remove it. seconds: None until the browser closes."""

    name: str
    value: str
    secure: bool
    seconds: int | None = None

    def put_on(self, response: Response) -> None:
        """HttpOnly, SameSite=Lax, for the whole path."""
        response.set_cookie(
            self.name,
            self.value,
            max_age=self.seconds if self.value else 0,
            path="/",
            secure=self.secure,
            httponly=True,
            samesite="lax",
        )


class Cookies:
    """Names and makes cookies, and reads session cookies. token_hash: `ServerSecrets.token_hash`."""

    def __init__(self, settings: Settings, token_hash: bytes) -> None:
        # Cookies ignore ports: on the loopback the name tells one program's from another's.
        port = urlsplit(settings.issuer_url).port or 80
        self.name = "__Host-accord" if settings.secure else f"accord-{port}"
        self.link_name = "__Host-accord-link" if settings.secure else f"accord-link-{port}"
        self.device_name = "__Host-accord-device" if settings.secure else f"accord-device-{port}"
        self._secure = settings.secure
        self._lifetime = settings.session_seconds * SECOND
        self._key = derive(token_hash, "accord anonymous session v1")

    def carrying(self, credential: Credential) -> SetCookie:
        return SetCookie(self.name, f"{credential.id}.{credential.secret}", self._secure)

    def removal(self) -> SetCookie:
        return SetCookie(self.name, "", self._secure)

    def holding(self, link: str) -> SetCookie:
        """Keep the token of a mailed link, out of every address; "" to let go of it."""
        return SetCookie(self.link_name, link, self._secure, LINK_SECONDS)

    def recognising(self, marks: str) -> SetCookie:
        """Keep by what the browser is known at the next sign-in (devices.py)."""
        return SetCookie(self.device_name, marks, self._secure, DEVICE_SECONDS)

    def new_anonymous(self, now: int) -> Credential:
        """A fresh browser in which nobody is signed in."""
        session_id = new_id(now)
        return Credential(session_id, self._mac(session_id))

    def is_anonymous(self, unverified: Credential) -> bool:
        """Whether we made it by `new_anonymous`, in constant time."""
        return hmac.compare_digest(unverified.secret, self._mac(unverified.id))

    def is_fresh(self, anonymous: Credential, now: int) -> bool:
        """Whether an anonymous browser is younger than a session may grow."""
        return now < int(anonymous.id[:12], 16) * 1000 + self._lifetime

    def _mac(self, session_id: str) -> str:
        return urlsafe_b64encode(keyed_hash(self._key, session_id.encode())).rstrip(b"=").decode()
