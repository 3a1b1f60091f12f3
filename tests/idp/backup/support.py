"""A server that is backed up."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

import httpx

from foundation.clock import FrozenClock
from foundation.settings import Settings
from idp.running.opening import open_server
from tests.idp.support import ISSUER, World, lean_app


@contextmanager
def unwatched(_what: str) -> Iterator[Callable[[int, int], None]]:
    yield lambda _done, _total: None


@asynccontextmanager
async def serving(settings: Settings, clock: FrozenClock) -> AsyncIterator[World]:
    """A server as it starts; a world in it when it is new."""
    async with open_server(settings, clock, sequencing=True) as server:
        transport = httpx.ASGITransport(app=lean_app(server))
        async with httpx.AsyncClient(transport=transport, base_url=ISSUER) as http:
            yield await World.make(server, http, clock)
