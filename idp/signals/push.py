"""One push (RFC 8935): what is posted, and what the answer means."""

import re
from email.utils import parsedate_to_datetime
from typing import Any

import orjson

from foundation.clock import DAY, SECOND
from foundation.outbound.fetching import Outbound, Parcel, Reply
from foundation.outbound.problems import OutboundError
from idp.signals.progress import Trouble
from idp.signals.sets import SET_MEDIA_TYPE

_MOST_BYTES = 8192
_MOST_WORDS = 300
_CODE = re.compile(r"[a-z][a-z0-9_]{0,49}", re.ASCII).fullmatch
# RFC 8935 section 2.4: what is wrong with our token itself will be wrong tomorrow. A key that the app has not
# fetched yet, or an Authorization header that it has not learned, may be right then.
_FOR_GOOD = frozenset(("invalid_request", "invalid_issuer", "invalid_audience"))


async def push(outbound: Outbound, url: str, authorization: str, token: str, now: int) -> Trouble | None:
    """Hand one token over. None: the app has it (202). now: microseconds, to read a Retry-After with."""
    headers = {"Authorization": authorization} if authorization else {}
    parcel = Parcel(SET_MEDIA_TYPE, token.encode(), "application/json", headers)
    try:
        reply = await outbound.post(url, parcel, most=_MOST_BYTES)
    except OutboundError as error:
        return Trouble(error.code)
    return judge(reply, now)


def judge(reply: Reply, now: int) -> Trouble | None:
    """What an app's answer to a push means; None when it has the token."""
    if reply.status == 202:
        return None
    if reply.status == 400:
        said = _object(reply.body)
        error = read_error(said)
        return Trouble(error, read_words(said), for_good=error in _FOR_GOOD)
    return Trouble(f"status_{reply.status}", asked=_retry_after(reply.headers.get("retry-after", ""), now))


def read_error(said: dict[str, Any]) -> str:
    """The code of an app's error object (RFC 8935 section 2.3, RFC 8936 section 2.6); "other" for no code."""
    code = said.get("err")
    return code if isinstance(code, str) and _CODE(code) else "other"


def read_words(said: dict[str, Any]) -> str:
    """Its description, cut and without what is not printable; it is somebody else's, whatever it says."""
    words = said.get("description")
    if not isinstance(words, str):
        return ""
    return "".join(one if one.isprintable() else " " for one in words[:_MOST_WORDS]).strip()


def _object(body: bytes) -> dict[str, Any]:
    try:
        said = orjson.loads(body)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _retry_after(text: str, now: int) -> int:
    """Microseconds to wait (RFC 9110 section 10.2.3); 0 for none, or what cannot be read."""
    if text.isascii() and text.isdigit():
        return min(int(text[:9]) * SECOND, DAY)
    try:
        at = int(parsedate_to_datetime(text).timestamp() * SECOND)
    except (ValueError, TypeError, OverflowError):
        return 0
    return min(max(at - now, 0), DAY)
