"""One push (RFC 8935): what is posted, and what the answer means."""

import re
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

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


class Address(NamedTuple):
    """Where an app is pushed to. url: "" for nowhere. authorization: of the header; "" for none."""

    url: str
    authorization: str = ""


async def push(outbound: Outbound, address: Address, token: str, now: int) -> Trouble | None:
    """Hand one token over. None: the app has it (202). now: microseconds, to read a Retry-After with."""
    headers = {"Authorization": address.authorization} if address.authorization else {}
    reply = await send(
        outbound, address.url, Parcel(SET_MEDIA_TYPE, token.encode(), "application/json", headers)
    )
    return reply if isinstance(reply, Trouble) else judge(reply, now)


async def send(outbound: Outbound, url: str, parcel: Parcel) -> Reply | Trouble:
    """What an app answers, or why it was not reached."""
    try:
        return await outbound.post(url, parcel, most=_MOST_BYTES)
    except OutboundError as error:
        return Trouble(error.code)


def judge(reply: Reply, now: int) -> Trouble | None:
    """What an app's answer to a push means; None when it has the token."""
    if reply.status == 202:
        return None
    if reply.status == 400:
        said = read_object(reply.body)
        error = read_error(said)
        return Trouble(error, read_words(said), for_good=error in _FOR_GOOD)
    return not_taken(reply, now)


def not_taken(reply: Reply, now: int) -> Trouble:
    """An answer that says no more than its status, and maybe when to come back."""
    return Trouble(f"status_{reply.status}", asked=_retry_after(reply.headers.get("retry-after", ""), now))


def read_error(said: dict[str, Any]) -> str:
    """The code of an app's error object (RFC 8935 section 2.3, RFC 8936 section 2.6); "other" for no code."""
    return read_code(said, "err")


def read_code(said: dict[str, Any], member: str) -> str:
    """A member that is a code; "other" where it is none."""
    code = said.get(member)
    return code if isinstance(code, str) and _CODE(code) else "other"


def read_words(said: dict[str, Any]) -> str:
    """Its description, cut and without what is not printable; it is somebody else's, whatever it says."""
    return read_text(said, "description")


def read_text(said: dict[str, Any], member: str) -> str:
    """A member that is a text for people, as `read_words` gives it."""
    words = said.get(member)
    if not isinstance(words, str):
        return ""
    return "".join(one if one.isprintable() else " " for one in words[:_MOST_WORDS]).strip()


def read_object(body: bytes) -> dict[str, Any]:
    """The JSON object of an answer; empty for anything else."""
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
