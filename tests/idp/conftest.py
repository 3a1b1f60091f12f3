"""An open server on each database, its lean endpoints, and the shortest way to a granted code."""

import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import httpx
import pytest

from foundation.clock import FrozenClock
from foundation.settings import Settings
from idp.context import Server
from idp.running.opening import open_server
from keys import rotation
from tests.idp.support import ISSUER, World, lean_app, settings_for
from tests.idp.tokens import quick_generate
from tests.support.postgres import Administrator

_EMPTY_ALL = """DO $$ DECLARE name text; BEGIN
FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
EXECUTE format('DELETE FROM %I', name); END LOOP; END $$"""


@pytest.fixture(scope="session")
def kept_postgres(postgres_template: tuple[Administrator, str]) -> Iterator[Administrator]:
    """One database for the tests of this folder, emptied between them: making one costs a second."""
    admin, template = postgres_template
    name = f"accord_{uuid.uuid4().hex}"
    admin.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    inside = Administrator(urlunsplit(urlsplit(admin.url)._replace(path=f"/{name}")))
    yield inside
    inside.close()
    admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def postgres_url(kept_postgres: Administrator) -> str:
    """A PostgreSQL database with every table and no row."""
    kept_postgres.execute(_EMPTY_ALL)
    return kept_postgres.url


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
