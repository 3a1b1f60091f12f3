"""A JSON object from anyone: capped, in time, strict; nothing that orjson would guess at."""

import asyncio
from typing import Any

import orjson
from starlette.requests import Request

from foundation.errors import AccordError
from foundation.web.forms import BODY_SECONDS, MAX_BYTES


def _refusal(description: str, status: int = 400) -> AccordError:
    return AccordError("invalid_request", description, status=status)


async def read_json_object(request: Request) -> dict[str, Any]:
    """The object in a request's body.

    Raises AccordError invalid_request with status 415 (another media type), 413 (more than MAX_BYTES),
    408 (longer than BODY_SECONDS), or 400 (not a JSON object, RFC 8259).
    """
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != "application/json":
        raise _refusal("Send application/json.", 415)
    try:
        said = orjson.loads(await _body(request))
    except orjson.JSONDecodeError:
        raise _refusal("The body is not JSON.") from None
    if not isinstance(said, dict):
        raise _refusal("The body is a JSON object.")
    return said


async def _body(request: Request) -> bytes:
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > MAX_BYTES:
                    raise _refusal(f"more than {MAX_BYTES} bytes", 413)
    except TimeoutError:
        raise _refusal("the body did not arrive in time", 408) from None
    return bytes(body)
