"""Answers leave in one write, and are to the byte what uvicorn would have written."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from uvicorn import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from foundation.settings import load_settings
from foundation.web.connection import HttpConnection
from idp.commands.serve import uvicorn_options

Messages = Sequence[dict[str, Any]]


class Wire(asyncio.Transport):
    """A transport that remembers."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.closed = False

    def write(self, data: Any) -> None:
        self.written.append(bytes(data))

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


def opened(kind: type[HttpToolsProtocol], app: Any) -> tuple[HttpToolsProtocol, Wire]:
    wire = Wire()
    connection = kind(Config(app, lifespan="off", ws="none", log_config=None), ServerState(), {})
    connection.connection_made(wire)
    return connection, wire


async def answered(connection: HttpToolsProtocol) -> None:
    while connection.tasks:  # of a request that waited for another, too
        await asyncio.wait(connection.tasks)
    connection.connection_lost(None)


async def sent(kind: type[HttpToolsProtocol], app: Any, heard: bytes) -> Wire:
    """What leaves by a connection that hears this."""
    connection, wire = opened(kind, app)
    connection.data_received(heard)
    await answered(connection)
    return wire


def saying(messages: Messages) -> Any:
    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        for message in messages:
            await send(message)

    return app


def start(status: int = 200, *headers: tuple[bytes, bytes]) -> dict[str, Any]:
    return {"type": "http.response.start", "status": status, "headers": list(headers)}


def piece(body: bytes, *, more: bool = False) -> dict[str, Any]:
    return {"type": "http.response.body", "body": body, "more_body": more}


def request(method: str = "GET") -> bytes:
    return f"{method} / HTTP/1.1\r\nHost: accord.test\r\n\r\n".encode()


SIZED = start(200, (b"content-length", b"5"))


async def test_head_and_body_are_one_write() -> None:
    wire = await sent(HttpConnection, saying([SIZED, piece(b"hello")]), request())
    assert wire.written == [b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello"]


async def test_what_follows_the_first_piece_does_not_wait() -> None:
    pieces = [piece(b"a", more=True), piece(b"b", more=True), piece(b"")]
    wire = await sent(HttpConnection, saying([start(), *pieces]), request())
    assert wire.written[1:] == [b"1\r\nb\r\n", b"0\r\n\r\n"]
    assert wire.written[0].endswith(b"\r\n\r\n1\r\na\r\n")


async def test_who_asks_before_sending_a_body_is_told_at_once() -> None:
    async def app(_scope: Any, receive: Any, send: Any) -> None:
        told = await receive()
        await send(SIZED)
        await send(piece(told["body"]))

    connection, wire = opened(HttpConnection, app)
    asking = b"POST / HTTP/1.1\r\nHost: accord.test\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"
    connection.data_received(asking)
    await asyncio.wait(connection.tasks, timeout=0)
    assert wire.written == [b"HTTP/1.1 100 Continue\r\n\r\n"]
    connection.data_received(b"hello")
    await answered(connection)
    assert wire.written[1:] == [b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello"]


async def test_requests_that_come_together_are_answered_one_by_one() -> None:
    wire = await sent(HttpConnection, saying([SIZED, piece(b"hello")]), request() * 3)
    assert len(wire.written) == 3
    assert set(wire.written) == {b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello"}


def test_it_is_what_we_serve_with() -> None:
    config = Config(saying([]), **uvicorn_options(load_settings()) | {"factory": False})
    config.load()
    assert config.http_protocol_class is HttpConnection


@pytest.mark.parametrize("kind", [HttpToolsProtocol, HttpConnection])
async def test_an_answer_that_fails_in_the_middle_closes(kind: type[HttpToolsProtocol]) -> None:
    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await send(SIZED)
        raise RuntimeError("half way")

    wire = await sent(kind, app, request())
    assert wire.written == [b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n"]
    assert wire.closed


@given(
    method=st.sampled_from(["GET", "POST", "HEAD"]),
    status=st.sampled_from([200, 204, 303, 304, 404, 500]),
    pieces=st.lists(
        st.sampled_from([b"", b"a", b"HTTP/1.1 100 Continue\r\n\r\n", b"x" * 70_000]), min_size=1
    ),
    sized=st.booleans(),
    last=st.booleans(),
)
async def test_to_the_byte(*, method: str, status: int, pieces: list[bytes], sized: bool, last: bool) -> None:
    headers = [(b"content-length", str(sum(map(len, pieces))).encode())] * sized
    headers += [(b"connection", b"close")] * last
    more = [*[True] * (len(pieces) - 1), False]
    app = saying(
        [
            start(status, *headers),
            *(piece(body, more=goes_on) for body, goes_on in zip(pieces, more, strict=True)),
        ]
    )
    plain, ours = [await sent(kind, app, request(method)) for kind in (HttpToolsProtocol, HttpConnection)]
    assert b"".join(ours.written) == b"".join(plain.written)
    assert ours.closed == plain.closed
    assert len(ours.written) == max(1, len(plain.written) - 1)
