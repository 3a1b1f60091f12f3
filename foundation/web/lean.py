"""Lean endpoints: protocol and data calls, dispatched from a table of exact paths.

A call that is made thousands of times a second does not pay for pattern matching, dependency injection and
model serialization it does not use. What is not in the table goes to the application behind (the pages).
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from foundation.errors import AccordError

RawHeaders = Sequence[tuple[bytes, bytes]]
Endpoint = Callable[[Request], Awaitable[Response]]
# path -> method -> endpoint; a path that ends with a slash takes whatever stands one segment below it.
Table = Mapping[str, Mapping[str, Endpoint]]

_JSON = (b"content-type", b"application/json")
_TEXT = (b"content-type", b"text/plain; charset=utf-8")


class LeanRoutes:
    """The table in front of an application. The guard answers, as JSON, what an endpoint raises."""

    def __init__(self, table: Table, behind: ASGIApp) -> None:
        self._table = table
        self._behind = behind

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        methods = self._methods(scope["path"]) if scope["type"] == "http" else None
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

    def _methods(self, path: str) -> Mapping[str, Endpoint] | None:
        found = self._table.get(path)
        return self._table.get(path[: path.rfind("/") + 1]) if found is None else found


class _LeanResponse(Response):
    """A Response whose few headers are written straight away, without the general path."""

    def __init__(self, media: tuple[bytes, bytes], body: bytes, status: int, headers: RawHeaders) -> None:
        self.body = body
        self.status_code = status
        self.background = None
        self.raw_headers = [media, (b"content-length", b"%d" % len(body)), *headers]


def json_response(body: object, status: int = 200, headers: RawHeaders = ()) -> Response:
    """A JSON answer; keys in the order given. headers: names in lower case; the guard adds its defaults."""
    return _LeanResponse(_JSON, orjson.dumps(body), status, headers)


def text_response(body: str, headers: RawHeaders = ()) -> Response:
    """A plain text answer in UTF-8."""
    return _LeanResponse(_TEXT, body.encode(), 200, headers)


def media_response(media: str, body: str, headers: RawHeaders = ()) -> Response:
    """An answer of a media type of its own, ASCII."""
    return _LeanResponse((b"content-type", media.encode()), body.encode(), 200, headers)


def header(request: Request, name: bytes) -> list[str]:
    """Every value of a header, in order. name: lower case.

    Starlette's own mapping decodes and compares several times as much for one name.
    """
    return [value.decode("latin-1") for given, value in request.scope["headers"] if given == name]
