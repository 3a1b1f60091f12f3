"""Forms and queries: `application/x-www-form-urlencoded`, from anyone.

One reading for all of it: strict UTF-8, no NUL or control characters, capped in bytes and fields. A protocol
endpoint refuses any repeated parameter (RFC 6749 section 3.2); a page reads `many` boxes of one name.
Multipart is refused everywhere: nothing here takes a file, and its parsers have a history.
"""

import asyncio
import re
from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

from starlette.requests import Request
from starlette.types import Receive

from foundation.errors import AccordError

MAX_BYTES = 64 * 1024
MAX_FIELDS = 1000
BODY_SECONDS = 10.0
_TOO_SLOW = "the body took too long"  # why a reader was cancelled
_FORM = b"application/x-www-form-urlencoded"
_NONE: frozenset[str] = frozenset()

# A percent sign that encodes nothing, or a control character: worth the slow check.
_SUSPECT = re.compile(r"%(?:(?![0-9A-Fa-f]{2})|[01]|7[fF]|[cC]2%[89])")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_CONTROL_IN_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


def _refusal(description: str, status: int = 400) -> AccordError:
    return AccordError("invalid_request", description, status=status)


def _repeated(name: str) -> AccordError:
    return _refusal(f"the parameter {printable(name)} is repeated")


class Form:
    """Decoded fields. Reading a repeated one as if it were single is refused, not resolved."""

    __slots__ = ("_fields",)

    def __init__(self, fields: dict[str, list[str]]) -> None:
        self._fields = fields

    def __contains__(self, name: str) -> bool:
        return name in self._fields

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def single(self, name: str) -> str:
        """The value, "" when absent (RFC 6749 section 3.1 treats an empty parameter as omitted).

        Raises AccordError invalid_request when the field came more than once.
        """
        values = self._fields.get(name)
        if values is None:
            return ""
        if len(values) > 1:
            raise _repeated(name)
        return values[0]

    def many(self, name: str) -> list[str]:
        """Every value of a field that may repeat, in order; without the empty ones."""
        return [value for value in self._fields.get(name, ()) if value]


def printable(name: str) -> str:
    """A field name as it may stand in an error: short, ASCII, nothing that quotes or escapes."""
    return re.sub(r"[^A-Za-z0-9_.:-]", "?", name[:40])


def parse(raw: bytes, *, max_fields: int = MAX_FIELDS, text: bool = False) -> Form:
    """The form of a body or a query string.

    text: whether values may hold line breaks and tabs (a page's text areas); names never may.
    Raises AccordError invalid_request for what is too long, not UTF-8, or holds control characters.
    """
    return Form(_decode(raw, max_fields, text=text))


def _decode(raw: bytes, max_fields: int, *, text: bool) -> dict[str, list[str]]:
    if len(raw) > MAX_BYTES:
        raise _refusal(f"more than {MAX_BYTES} bytes", 413)
    if raw.count(b"&") >= max_fields:
        raise _refusal(f"more than {max_fields} parameters", 413)
    try:
        encoded = raw.decode()
        fields = _split(encoded.replace("+", " ") if "+" in encoded else encoded)
    except UnicodeDecodeError:
        raise _refusal("the parameters are not valid UTF-8") from None
    if not encoded.isprintable() or _SUSPECT.search(encoded):
        _refuse_broken(encoded, fields, _CONTROL_IN_TEXT if text else _CONTROL)
    return fields


def _split(encoded: str) -> dict[str, list[str]]:
    fields: dict[str, list[str]] = {}
    for pair in encoded.split("&"):
        name, _, value = pair.partition("=")
        if "%" in pair:
            name, value = unquote_to_bytes(name).decode(), unquote_to_bytes(value).decode()
        if name in fields:
            fields[name].append(value)
        elif pair:
            fields[name] = [value]
    return fields


def _refuse_broken(encoded: str, fields: dict[str, list[str]], forbidden: re.Pattern[str]) -> None:
    if _BROKEN_ESCAPE.search(encoded):
        raise _refusal("a parameter holds a broken percent-encoding")
    for name, values in fields.items():
        if _CONTROL.search(name) or any(forbidden.search(value) for value in values):
            raise _refusal(f"the parameter {printable(name)} holds a control character")


def parse_query(request: Request, *, text: bool = False) -> Form:
    """The form of a request's query string."""
    return parse(request.scope["query_string"], text=text)


async def read_form(request: Request, *, text: bool = True) -> Form:
    """A page's POST. Raises AccordError for what `parse` and `read_body` refuse."""
    return parse(await read_body(request), text=text)


async def read_protocol_form(request: Request, *, repeatable: frozenset[str] = _NONE) -> dict[str, str]:
    """A protocol endpoint's POST: no line breaks, each parameter once, known or not (RFC 6749 section 3.2).

    An empty parameter counts as absent (section 3.1). repeatable: parameters that may come again and hold no
    space (RFC 8707 section 2); their values are joined by one.
    Raises what `parse` and `read_body` raise, and AccordError invalid_request for a repeat.
    """
    form = {}
    for name, values in _decode(await read_body(request), MAX_FIELDS, text=False).items():
        if len(values) > 1 and name not in repeatable:
            raise _repeated(name)
        if any(values):
            form[name] = values[0] if len(values) == 1 else " ".join(values)
    return form


async def read_body(request: Request) -> bytes:
    """The urlencoded body, at most MAX_BYTES of it, within BODY_SECONDS.

    Raises AccordError invalid_request with status 415 (another media type), 413 (too long) or 408 (too slow).
    """
    media = declared = b""
    for name, value in request.scope["headers"]:
        if name == b"content-type":
            media = value
        elif name == b"content-length":
            declared = value
    if media != _FORM and not media.lower().startswith((_FORM + b";", _FORM + b" ")):
        raise _refusal("send application/x-www-form-urlencoded", 415)
    if declared.isdigit() and int(declared[:20]) > MAX_BYTES:
        raise _refusal(f"more than {MAX_BYTES} bytes", 413)
    return await _received(request.receive)


async def _received(receive: Receive) -> bytes:
    """The body's bytes. `asyncio.timeout` would cost more than reading a body that is already there."""
    reader = asyncio.current_task()
    assert reader is not None  # noqa: S101  # for the type checker: a coroutine runs in a task
    timer = asyncio.get_running_loop().call_later(BODY_SECONDS, reader.cancel, _TOO_SLOW)
    try:
        return await _capped(receive)
    except asyncio.CancelledError as cancelled:
        if cancelled.args != (_TOO_SLOW,):
            raise
        reader.uncancel()
        raise _refusal("the body did not arrive in time", 408) from None
    finally:
        timer.cancel()


async def _capped(receive: Receive) -> bytes:
    body = b""
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _refusal("the connection closed before the body had arrived")
        body += message.get("body", b"")
        if len(body) > MAX_BYTES:
            raise _refusal(f"more than {MAX_BYTES} bytes", 413)
        more = message.get("more_body", False)
    return body
