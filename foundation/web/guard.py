"""The guard around the whole application: one pure-ASGI middleware.

It names each request (trace id), puts the default headers on each answer that has none of its own, and turns
what escapes an endpoint into an answer: an AccordError as it says itself, anything else as a plain 500.
"""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from foundation.ids import new_id
from foundation.logging import TRACE
from foundation.web.errors import respond_to
from foundation.web.headers import Pairs, default_headers

if TYPE_CHECKING:
    from foundation.web.kit import Web

log = structlog.get_logger()

# Told of each answer: path, status (0 when the caller left before one began), seconds it took.
Observer = Callable[[str, int, float], None]


class Guard:
    """Wraps `app`; also hands it the web kit, as `scope["accord.web"]`."""

    def __init__(self, app: ASGIApp, web: "Web", observe: Observer | None = None) -> None:
        self._app = app
        self._web = web
        self._observe = observe
        self._defaults = default_headers(secure=web.secure)
        # By the names of the headers that an answer brought, which are ours to choose: a handful of sets.
        self._missing: dict[tuple[bytes, ...], Pairs] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started_at = time.perf_counter()
        # Never the caller's: theirs would be a way to write into our logs. Time-ordered, like every id,
        # because the ledger's index of requests then grows at its right edge.
        trace = new_id(time.time_ns() // 1000)
        TRACE.set(trace)
        scope.setdefault("state", {})["trace_id"] = trace
        scope["accord.web"] = self._web
        named = (b"x-trace-id", trace.encode())
        status = 0  # 0 until the answer has begun

        async def guarded(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = message["headers"]
                message["headers"] = [*headers, *self._missing_from(headers), named]
            await send(message)

        try:
            await self._app(scope, receive, guarded)
        except Exception as error:  # the last resort: nothing may reach the server's own handler
            if not status:
                await respond_to(scope, error)(scope, receive, guarded)
            elif not scope["state"].get("told"):
                # Raised again it would reach the server, which logs messages and so maybe someone's data.
                log.exception("failed after the answer had begun")
        finally:
            if self._observe is not None:
                self._observe(scope["path"], status, time.perf_counter() - started_at)

    def _missing_from(self, headers: list[tuple[bytes, bytes]]) -> Pairs:
        """The default headers that an answer did not set itself."""
        names = tuple([name for name, _ in headers])
        found = self._missing.get(names)
        if found is None:
            found = tuple(pair for pair in self._defaults if pair[0] not in names)
            self._missing[names] = found
        return found
