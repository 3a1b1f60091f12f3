"""The guard around the whole application: one pure-ASGI middleware.

It names each request (trace id), puts the default headers on each answer that has none of its own, and turns
what escapes an endpoint into an answer: an AccordError as it says itself, anything else as a plain 500.
"""

import time
from typing import TYPE_CHECKING

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from foundation.ids import new_id
from foundation.logging import TRACE
from foundation.web.errors import respond_to
from foundation.web.headers import default_headers

if TYPE_CHECKING:
    from foundation.web.kit import Web

log = structlog.get_logger()


class Guard:
    """Wraps `app`; also hands it the web kit, as `scope["accord.web"]`."""

    def __init__(self, app: ASGIApp, web: "Web") -> None:
        self._app = app
        self._web = web
        self._defaults = default_headers(secure=web.secure)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # Never the caller's: theirs would be a way to write into our logs. Time-ordered, like every id,
        # because the ledger's index of requests then grows at its right edge.
        trace = new_id(time.time_ns() // 1000)
        TRACE.set(trace)
        scope.setdefault("state", {})["trace_id"] = trace
        scope["accord.web"] = self._web
        named = (b"x-trace-id", trace.encode())
        started = False

        async def guarded(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = message["headers"]
                given = {name for name, _ in headers}
                message["headers"] = [
                    *headers,
                    *[pair for pair in self._defaults if pair[0] not in given],
                    named,
                ]
            await send(message)

        try:
            await self._app(scope, receive, guarded)
        except Exception as error:  # the last resort: nothing may reach the server's own handler
            if started and scope["state"].get("told"):
                return
            if started:
                # Raised again it would reach the server, which logs messages and so maybe someone's data.
                log.exception("failed after the answer had begun")
                return
            await respond_to(scope, error)(scope, receive, guarded)
