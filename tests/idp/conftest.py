"""An open server on each database; its lean endpoints with an app, or all of it with browsers."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from starlette.types import ASGIApp

from consent.rome.subset import ensure_some
from foundation.clock import FrozenClock
from foundation.database import open_database
from foundation.settings import Settings
from idp.app import open_app
from idp.context import Server
from idp.people import room
from idp.people.accounts import replace_password
from idp.people.opening import NewAccount, create_account, draft_account
from idp.people.pace import Pace
from idp.running.opening import open_server
from keys import making
from tests.idp.support import ISSUER, World, add_app, lean_app, settings_for
from tests.idp.tokens import quick_generate
from tests.idp.visitor import PASSWORD, NewVisitor, Visitor, quick_hasher
from tests.support.postgres import Administrator, copy_of, empty
from tests.support.schema import copy_database

# --- databases of a server that was started before: its referential is there -----------------------------


async def _stock(url: str) -> None:
    db = open_database(url)
    await db.start()
    await ensure_some(db, FrozenClock())
    await db.stop()


@pytest.fixture(scope="session")
def sqlite_template(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("stocked") / "template.sqlite3"
    copy_database(sqlite_template, path)
    asyncio.run(_stock(f"sqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def kept_postgres(postgres_template: tuple[Administrator, str]) -> Iterator[Administrator]:
    with copy_of(postgres_template) as url:
        asyncio.run(_stock(url))
        inside = Administrator(url)
        yield inside
        inside.close()


@pytest.fixture
def postgres_url(kept_postgres: Administrator) -> str:
    empty(kept_postgres, kept="rome_")
    return kept_postgres.url


# --- a server --------------------------------------------------------------------------------------------


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return settings_for(database_url, tmp_path)


@pytest.fixture
def quick_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """RSA keys are made once a run: making them is most of what opening an empty database costs."""
    monkeypatch.setattr(making, "_generate", quick_generate)


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


# --- the whole application -------------------------------------------------------------------------------


@pytest.fixture
async def app(server: Server, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ASGIApp]:
    monkeypatch.setattr(room, "Hasher", quick_hasher)
    monkeypatch.setattr(room, "Pace", lambda: Pace(0))
    async with open_app(server) as opened:
        yield opened


@pytest.fixture
async def house(world: World, app: ASGIApp) -> World:
    """The world; amina and bruno may sign in."""
    hasher = quick_hasher()
    draft = await draft_account(hasher, NewAccount("bruno@example.org", PASSWORD))
    async with world.server.db.transaction() as tx:
        await create_account(tx, world.server, draft, world.clock.now())
        assert await replace_password(tx, world.person_id, "!", draft.password_hash)
    hasher.close()
    await add_app(world.server, "other", "other-secret")
    return world


@pytest.fixture
async def new_visitor(house: World, app: ASGIApp, clock: FrozenClock) -> AsyncIterator[NewVisitor]:
    opened: list[Visitor] = []

    def make() -> Visitor:
        opened.append(Visitor(app, clock))
        return opened[-1]

    yield make
    for visitor in opened:
        await visitor.http.aclose()


@pytest.fixture
def visitor(new_visitor: NewVisitor) -> Visitor:
    return new_visitor()
