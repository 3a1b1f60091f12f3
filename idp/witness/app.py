"""A witness over HTTP: `add-checkpoint` for logs, what it saw last for whoever watches."""

import asyncio
import hashlib

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from consent.ledger.notes.adding import MOST_BYTES, PATH
from idp.witness.judging import Answer, Witness

_BODY_SECONDS = 10.0


class WitnessApp:
    """POST /add-checkpoint, GET /vkey, GET /<SHA-256 of the origin>/checkpoint."""

    def __init__(self, witness: Witness, vkey: str) -> None:
        self._witness = witness
        self._vkey = vkey
        self._origins = {
            f"/{hashlib.sha256(origin.encode()).hexdigest()}/checkpoint": origin for origin in witness.origins
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _live(receive, send)
            return
        response = await self._answer(Request(scope, receive))
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        path, method = request.url.path, request.method
        if path == PATH:
            return await self._added(request) if method == "POST" else _allowed("POST")
        text = self._vkey if path == "/vkey" else self._seen(path)
        if text is None:
            return PlainTextResponse("nothing here\n", 404)
        return PlainTextResponse(text) if method in {"GET", "HEAD"} else _allowed("GET, HEAD")

    def _seen(self, path: str) -> str | None:
        origin = self._origins.get(path)
        return None if origin is None else self._witness.last(origin)

    async def _added(self, request: Request) -> Response:
        try:
            async with asyncio.timeout(_BODY_SECONDS):
                body = await _body(request)
        except (TimeoutError, ClientDisconnect):
            return PlainTextResponse("the body did not arrive\n", 408)
        # In the loop, one after the other: what is judged is what is then remembered.
        answer = Answer(413, "too much\n") if body is None else self._witness.add(body)
        return Response(answer.body, answer.status, {"content-type": answer.media})


async def _body(request: Request) -> bytes | None:
    """The body, None when it is too long; no more than that is ever held."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            return None
    return bytes(body)


def _allowed(methods: str) -> Response:
    return PlainTextResponse("not that method\n", 405, {"Allow": methods})


async def _live(receive: Receive, send: Send) -> None:
    while (await receive())["type"] != "lifespan.shutdown":
        await send({"type": "lifespan.startup.complete"})
    await send({"type": "lifespan.shutdown.complete"})
