"""An open server on each database, its lean endpoints, and the shortest way to a granted code."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from foundation.clock import FrozenClock
from foundation.settings import Settings
from foundation.web.guard import Guard
from foundation.web.kit import build_web
from foundation.web.lean import LeanRoutes
from idp.context import Server
from idp.endpoints import lean_table
from idp.running.opening import open_server
from tests.idp.support import ISSUER, World, nothing_behind


@pytest.fixture
async def server(database_url: str, tmp_path: Path, clock: FrozenClock) -> AsyncIterator[Server]:
    settings = Settings(
        database_url=database_url,
        data_dir=tmp_path,
        issuer=ISSUER,
        master_key="k" * 8 + "0123456789abcdefghijklmn",
    )
    async with open_server(settings, clock) as opened:
        yield opened


@pytest.fixture
async def http(server: Server) -> AsyncIterator[httpx.AsyncClient]:
    web = build_web(server.issuer)
    app = Guard(LeanRoutes(lean_table(server), nothing_behind), web)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url=ISSUER) as client:
        yield client


@pytest.fixture
async def world(server: Server, http: httpx.AsyncClient, clock: FrozenClock) -> World:
    return await World.make(server, http, clock)
