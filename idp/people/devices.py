"""Browsers that somebody signed in from before: a cookie proves it, and nothing is stored here.

The cookie holds a mark for each of the accounts that last signed in there: a keyed hash of the account and of
its password's salt. So it names nobody to whoever reads it, and a new password makes a stranger of every
browser, an intruder's too.
"""

import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Mapping

from idp.people.callers import Caller
from idp.people.cookies import Cookies, SetCookie
from idp.people.hashing import salt_of
from keys.seal import derive, keyed_hash

MOST = 8  # accounts that one browser is remembered for
_BYTES = 16
_MARK = re.compile(r"[A-Za-z0-9_-]{22}", re.ASCII)


class Devices:
    """Makes and recognises marks. token_hash: `ServerSecrets.token_hash`."""

    def __init__(self, cookies: Cookies, token_hash: bytes) -> None:
        self._cookies = cookies
        self._key = derive(token_hash, "accord known browser v1")

    def mark(self, account_id: str, password_hash: str) -> str:
        """What a browser keeps in which this account signed in with this password."""
        digest = keyed_hash(self._key, f"{account_id} {salt_of(password_hash)}".encode())
        return urlsafe_b64encode(digest[:_BYTES]).rstrip(b"=").decode()

    def knows(self, caller: Caller, mark: str) -> bool:
        """Whether the caller's browser shows this mark."""
        return any(hmac.compare_digest(mark, shown) for shown in self._shown(caller.cookies))

    def remembering(self, caller: Caller, mark: str) -> SetCookie:
        """Keep this mark in the caller's browser, before those it has; the oldest make room."""
        others = [shown for shown in self._shown(caller.cookies) if shown != mark]
        return self._cookies.recognising(".".join([mark, *others][:MOST]))

    def _shown(self, unverified: Mapping[str, str]) -> list[str]:
        marks = unverified.get(self._cookies.device_name, "").split(".", MOST)[:MOST]
        return [mark for mark in marks if _MARK.fullmatch(mark)]
