"""The whole application with its pages, amina with a password, and browsers."""

from collections.abc import AsyncIterator, Callable

import pytest
from starlette.types import ASGIApp

from foundation.clock import FrozenClock
from idp.app import open_app
from idp.context import Server
from idp.people import room
from idp.people.accounts import replace_password
from idp.people.hashing import Hasher
from idp.people.opening import NewAccount, create_account, draft_account
from idp.people.pace import Pace
from tests.idp.authorize.visitor import PASSWORD, Visitor
from tests.idp.support import World, add_app

NewVisitor = Callable[[], Visitor]


def quick_hasher() -> Hasher:
    """The same algorithm, too cheap to protect anyone."""
    return Hasher(memory_kib=8, passes=1)


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
