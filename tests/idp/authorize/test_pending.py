"""The pending request: one session's, until it expires, decided once; it follows its person into sign-in."""

import asyncio

import pytest

from foundation.clock import DAY, MINUTE, FrozenClock
from foundation.database import Database
from idp.authorize import pending
from idp.authorize.request import AuthorizeRequest
from idp.authorize.routes import rebind_pending

HERE, THERE = "1" * 32, "2" * 32
REQUEST = AuthorizeRequest(client_id="app", scope="openid", state="é\n☃", repeated=("scope",))
LIFETIME = 30 * MINUTE


@pytest.fixture
async def kept(db: Database, clock: FrozenClock) -> str:
    async with db.transaction() as tx:
        return await pending.save(tx, REQUEST, HERE, now=clock.now(), lifetime=LIFETIME)


async def decide(db: Database, pending_id: str, session: str, now: int) -> bool:
    async with db.transaction() as tx:
        return await pending.decide(tx, pending_id, session, now)


async def test_it_is_kept_whole(db: Database, clock: FrozenClock, kept: str) -> None:
    async with db.reading() as tx:
        row = await pending.find(tx, kept, clock.now())
    assert row is not None
    assert row.request == REQUEST
    assert (row.session_id, row.client_id, row.decided_at) == (HERE, "app", None)
    assert row.expires_at == clock.now() + LIFETIME


async def test_another_session_decides_nothing(db: Database, clock: FrozenClock, kept: str) -> None:
    assert not await decide(db, kept, THERE, clock.now())
    assert await decide(db, kept, HERE, clock.now())


async def test_it_is_decided_once(db: Database, clock: FrozenClock, kept: str) -> None:
    assert await decide(db, kept, HERE, clock.now())
    assert not await decide(db, kept, HERE, clock.now())


async def test_of_64_decisions_at_once_one_counts(db: Database, clock: FrozenClock, kept: str) -> None:
    counted = await asyncio.gather(*(decide(db, kept, HERE, clock.now()) for _ in range(64)))
    assert sum(counted) == 1


async def test_it_expires(db: Database, clock: FrozenClock, kept: str) -> None:
    clock.advance(LIFETIME - 1)
    async with db.reading() as tx:
        assert await pending.find(tx, kept, clock.now()) is not None
    clock.advance(1)
    async with db.reading() as tx:
        assert await pending.find(tx, kept, clock.now()) is None
    assert not await decide(db, kept, HERE, clock.now())


async def test_what_she_was_shown_is_marked_once(db: Database, clock: FrozenClock, kept: str) -> None:
    async def show() -> bool:
        async with db.transaction() as tx:
            return await pending.show(tx, kept, clock.now())

    assert sorted(await asyncio.gather(*(show() for _ in range(64)))) == [False] * 63 + [True]


async def test_sign_in_takes_it_along(db: Database, clock: FrozenClock, kept: str) -> None:
    async with db.transaction() as tx:
        assert await pending.show(tx, kept, clock.now())
        await rebind_pending(tx, HERE, THERE, kept)
    assert not await decide(db, kept, HERE, clock.now())
    async with db.transaction() as tx:
        # Whoever signed in has not been shown anything yet.
        assert await pending.show(tx, kept, clock.now())
    assert await decide(db, kept, THERE, clock.now())


async def test_nobody_takes_along_what_is_not_theirs(db: Database, clock: FrozenClock, kept: str) -> None:
    async with db.transaction() as tx:
        assert not await pending.rebind(tx, kept, "3" * 32, THERE)
        assert not await pending.rebind(tx, "f" * 32, HERE, THERE)
        await rebind_pending(tx, HERE, THERE, None)
    assert await decide(db, kept, HERE, clock.now())
    async with db.transaction() as tx:
        assert not await pending.rebind(tx, kept, HERE, THERE)  # decided: nothing to take


async def test_old_ones_are_purged_by_age(db: Database, clock: FrozenClock, kept: str) -> None:
    clock.advance(DAY)
    async with db.transaction() as tx:
        young = await pending.save(tx, REQUEST, HERE, now=clock.now(), lifetime=LIFETIME)
    assert await pending.PURGE.made_before(db, clock.now() - MINUTE) == 1
    async with db.reading() as tx:
        assert await pending.find(tx, young, clock.now()) is not None
        assert await pending.find(tx, kept, 0) is None
