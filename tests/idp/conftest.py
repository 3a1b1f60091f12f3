"""An open server on each database, its lean endpoints, and the shortest way to a granted code."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from foundation.clock import FrozenClock
from foundation.settings import Settings
from idp.context import Server
from idp.running.opening import open_server
from keys import rotation
from tests.idp.support import ISSUER, World, lean_app, settings_for
from tests.idp.tokens import quick_generate


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return settings_for(database_url, tmp_path)


@pytest.fixture
def quick_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """RSA keys are made once a run: making them is most of what opening an empty database costs."""
    monkeypatch.setattr(rotation, "_generate", quick_generate)


@pytest.fixture
async def server(settings: Settings, clock: FrozenClock, quick_keys: None) -> AsyncIterator[Server]:
    async with open_server(settings, clock) as opened:
        yield opened


@pytest.fixture
async def http(server: Server) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=lean_app(server))
    async with httpx.AsyncClient(transport=transport, base_url=ISSUER) as client:
        yield client


@pytest.fixture
async def world(server: Server, http: httpx.AsyncClient, clock: FrozenClock) -> World:
    return await World.make(server, http, clock)
