"""The server's end of a connection: the head of an answer leaves with its body.

uvicorn writes the one and then the other: two system calls and two packets an answer, and its caller wakes up
twice.
"""

import asyncio
from typing import cast

from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"  # no answer yet, and waited for (RFC 9110 section 15.2.1)


class HttpConnection(HttpToolsProtocol):
    """uvicorn's, but for how answers are written."""

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        if cycle.scope["method"] != "HEAD":  # of which nothing follows the head
            cycle.transport = cast("asyncio.Transport", Answer(cycle.transport))
        super()._start_asgi_task(cycle, app)


class Answer:
    """Where one answer is written: its head, then its body in any number of pieces, empty ones too."""

    __slots__ = ("_began", "_head", "_transport")

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport, self._head, self._began = transport, b"", False

    def write(self, data: bytes) -> None:
        if self._head:
            self._transport.write(self._head + data)
            self._head = b""
        elif self._began or data == _CONTINUE:
            self._transport.write(data)
        else:
            self._head, self._began = data, True

    def close(self) -> None:
        """Also in the middle of an answer that fails: what there is of it leaves."""
        if self._head:
            self._transport.write(self._head)
        self._transport.close()

    def is_closing(self) -> bool:
        return self._transport.is_closing()
