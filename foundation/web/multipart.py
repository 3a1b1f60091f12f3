"""One uploaded file with its form (RFC 7578): the only place that takes multipart, strict and small.

Everything that a browser's form with one file sends is understood, and nothing else: no nested parts, no
transfer encodings, no file name is looked at. The whole is capped in bytes and parts and read within seconds.
"""

import asyncio
import re
from typing import NamedTuple

from starlette.requests import Request

from foundation.errors import AccordError
from foundation.web.forms import Form

SECONDS = 20.0
_MOST_PARTS = 8
_OVERHEAD = 16 * 1024  # boundaries, headers, the form's own fields
_MEDIA = re.compile(r'multipart/form-data; *boundary="?([A-Za-z0-9\'()+_,./:=?-]{1,70})"?', re.IGNORECASE)
_NAME = re.compile(
    rb'content-disposition: form-data; name="([A-Za-z0-9_.-]{1,40})"(; filename="[^"\r\n]*")?(;[^\r\n]*)?',
    re.IGNORECASE,
)


class Upload(NamedTuple):
    """A form's text fields, and the content of its file (b"" when none was chosen)."""

    form: Form
    content: bytes


async def read_upload(request: Request, longest: int) -> Upload:
    """The upload of a page's form. longest: bytes that the file may have.

    Raises AccordError invalid_request: 415 (another media type), 413 (too long), 408 (too slow), 400.
    """
    media = _MEDIA.fullmatch(request.headers.get("content-type", "").strip())
    if media is None:
        raise _refusal("send multipart/form-data", 415)
    body = await _body(request, longest + _OVERHEAD)
    fields: dict[str, list[str]] = {}
    content = b""
    for name, is_file, value in _parts(body, media[1].encode()):
        if is_file:
            content = value
        else:
            fields.setdefault(name, []).append(_text(value))
    if len(content) > longest:
        raise _refusal(f"the file has more than {longest} bytes", 413)
    return Upload(Form(fields), content)


async def _body(request: Request, most: int) -> bytes:
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared[:20]) > most:
        raise _refusal(f"more than {most} bytes", 413)
    body = bytearray()
    try:
        async with asyncio.timeout(SECONDS):
            async for piece in request.stream():
                body += piece
                if len(body) > most:
                    raise _refusal(f"more than {most} bytes", 413)
    except TimeoutError:
        raise _refusal("the body did not arrive in time", 408) from None
    return bytes(body)


def _parts(body: bytes, boundary: bytes) -> list[tuple[str, bool, bytes]]:
    """(name, whether it is a file, value) of each part."""
    pieces = (b"\r\n" + body).split(b"\r\n--" + boundary)
    if len(pieces) < 3 or pieces[0] or pieces[-1].rstrip(b"\r\n") != b"--":  # before, a part, after
        raise _refusal("the parts do not begin and end as they say")
    if len(pieces) - 2 > _MOST_PARTS:
        raise _refusal("too many parts", 413)
    return [_part(piece) for piece in pieces[1:-1]]


def _part(piece: bytes) -> tuple[str, bool, bytes]:
    head, blank, value = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    named = [found for line in lines if (found := _NAME.fullmatch(line))]
    others = [line.lower() for line in lines if not _NAME.fullmatch(line)]
    if not blank or len(named) != 1 or not all(line.startswith(b"content-type:") for line in others):
        raise _refusal("a part of the form cannot be read")
    if any(b"multipart" in line for line in others):
        raise _refusal("parts within parts are refused")
    return named[0][1].decode(), named[0][2] is not None, value


def _text(value: bytes) -> str:
    try:
        text = value.decode()
    except UnicodeDecodeError:
        raise _refusal("the form is not valid UTF-8") from None
    if not text.isprintable():
        raise _refusal("a field of the form holds a control character")
    return text


def _refusal(description: str, status: int = 400) -> AccordError:
    return AccordError("invalid_request", description, status=status)
