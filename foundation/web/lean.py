"""Lean endpoints: protocol and data calls, dispatched from a table of exact paths.

A call that is made thousands of times a second does not pay for pattern matching, dependency injection and
model serialization it does not use. What is not in the table goes to the application behind (the pages).
"""

from collections.abc import Awaitable, Callable, Mapping

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from foundation.errors import AccordError

Endpoint = Callable[[Request], Awaitable[Response]]
Table = Mapping[str, Mapping[str, Endpoint]]  # path -> method -> endpoint


class LeanRoutes:
    """The table in front of an application. The guard answers, as JSON, what an endpoint raises."""

    def __init__(self, table: Table, behind: ASGIApp) -> None:
        self._table = table
        self._behind = behind

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        methods = self._table.get(scope["path"]) if scope["type"] == "http" else None
        if methods is None:
            await self._behind(scope, receive, send)
            return
        scope["state"]["kind"] = "json"
        endpoint = methods.get(scope["method"])
        if endpoint is None:
            raise AccordError(
                "method_not_allowed",
                "This endpoint does not take that method.",
                status=405,
                headers={"Allow": ", ".join(sorted(methods))},
            )
        response = await endpoint(Request(scope, receive))
        await response(scope, receive, send)


def json_response(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer; keys in the order given."""
    return Response(orjson.dumps(body), status, headers, "application/json")
