"""Partners' receivers, real HTTP servers on the loopback; and what tests do with couriers and events."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from consent.grants import find_standing
from foundation.outbound.fetching import Limits, Outbound
from foundation.outbound.targets import read_exempt
from idp.context import Server
from idp.signals.courier import Courier
from idp.signals.rows import OF_GRANT, WAITING, SignalRow
from idp.signals.streams import StreamRow, Wish, configure, find_stream
from tests.foundation.outbound.servers import document, serving
from tests.idp.support import World
from tests.idp.tokens import claims_of

Answer = Callable[["Heard"], Awaitable[bytes]]
ACCEPTED = document(b"", status=b"202 Accepted")


@dataclass
class Heard:
    """One push as it arrived."""

    head: str
    token: str

    @property
    def claims(self) -> dict[str, Any]:
        return claims_of(self.token)

    @property
    def jti(self) -> str:
        return str(self.claims["jti"])

    def header(self, name: str) -> str | None:
        for line in self.head.split("\r\n")[1:]:
            key, _, value = line.partition(":")
            if key.lower() == name.lower():
                return value.strip()
        return None


@dataclass
class Receiver:
    """Where pushes arrive. answers: what to say to the next ones, then `always`."""

    port: int = 0
    heard: list[Heard] = field(default_factory=list)
    answers: list[bytes] = field(default_factory=list)
    always: bytes = ACCEPTED
    hold: asyncio.Event | None = None  # nothing is answered before it is set
    at: list[float] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/signals"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        length = next(
            int(line.split(":")[1]) for line in head.split("\r\n") if line.startswith("Content-Length")
        )
        body = (await reader.readexactly(length)).decode()
        self.heard.append(Heard(head, body))
        self.at.append(time.monotonic())
        if self.hold is not None:
            await self.hold.wait()
        writer.write(self.answers.pop(0) if self.answers else self.always)
        await writer.drain()


@contextlib.asynccontextmanager
async def receiving(**behaviour: Any) -> AsyncIterator[Receiver]:
    receiver = Receiver(**behaviour)
    async with serving(receiver.serve) as port:
        receiver.port = port
        yield receiver


def answer(status: bytes, body: Any = None, *headers: bytes) -> bytes:
    text = b"" if body is None else json.dumps(body).encode()
    return document(text, b"Content-Type: application/json", *headers, status=status)


# --- an app and its events -------------------------------------------------------------------------------


async def push_to(world: World, url: str, authorization: str = "", client_id: str = "") -> None:
    """Have an app told by push."""
    async with world.server.db.transaction() as tx:
        wish = Wish(url, authorization, "operator")
        await configure(world.server, tx, client_id or world.client.id, wish, world.clock.now())


@contextlib.asynccontextmanager
async def courier_of(server: Server, seconds: float = 2.0) -> AsyncIterator[Courier]:
    """A courier that is driven by hand, with little patience."""
    outbound = Outbound(read_exempt("127.0.0.1"), limits=Limits(seconds, 32))
    courier = Courier(server, outbound)
    yield courier
    await courier.close()


async def deliver(courier: Courier) -> None:
    """One look for what is due, carried out."""
    await courier.start_due()
    await courier.settle()


async def signals_of(world: World, grant_id: str) -> list[SignalRow]:
    async with world.server.db.reading() as tx:
        return await tx.all(OF_GRANT, grant_id=grant_id)


async def waiting_for(world: World, client_id: str = "") -> list[SignalRow]:
    async with world.server.db.reading() as tx:
        return await tx.all(WAITING, client_id=client_id or world.client.id, most=1000)


async def stream_of(world: World, client_id: str = "") -> StreamRow:
    async with world.server.db.reading() as tx:
        found = await find_stream(tx, client_id or world.client.id)
    assert found is not None
    return found


async def revoked(world: World) -> str:
    """A grant, given and taken back; its id."""
    world.clock.advance(1000 * 1000)
    grant_id = (await world.grant()).standing.grant_id
    await world.revoke(grant_id)
    return grant_id


async def is_open(world: World) -> bool:
    async with world.server.db.reading() as tx:
        standing = await find_standing(tx, world.person_id, world.client.id)
    return standing is not None
