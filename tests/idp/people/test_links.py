"""Links in e-mails: once, in time, for their purpose, under any race."""

import asyncio

import pytest

from foundation.clock import DAY, HOUR, FrozenClock
from foundation.database import Database
from idp.people.links import REGISTER, RESET, Carried, Link, Links

LINKS = Links(b"k" * 32)
CARRIED = Carried("amina@example.org", "1" * 32, "/account/apps", "2" * 32)


async def make(db: Database, clock: FrozenClock, purpose: str = RESET, account: str | None = None) -> str:
    async with db.transaction() as tx:
        return await LINKS.make(tx, purpose, CARRIED, clock.now(), account)


async def spend(db: Database, clock: FrozenClock, token: str, purpose: str = RESET) -> Link | None:
    async with db.transaction() as tx:
        return await LINKS.spend(tx, purpose, token, clock.now())


async def test_a_link_works_once(db: Database, clock: FrozenClock):
    token = await make(db, clock, account="3" * 32)
    async with db.reading() as tx:
        assert await LINKS.read(tx, RESET, token, clock.now()) == Link("3" * 32, CARRIED)
    assert await spend(db, clock, token) == Link("3" * 32, CARRIED)
    assert await spend(db, clock, token) is None


async def test_sixty_four_spend_one_link_and_one_gets_it(db: Database, clock: FrozenClock):
    token = await make(db, clock)
    spent = await asyncio.gather(*[spend(db, clock, token) for _ in range(64)])
    assert sum(1 for link in spent if link is not None) == 1


@pytest.mark.parametrize(("purpose", "life"), [(RESET, HOUR), (REGISTER, DAY)])
async def test_a_link_dies_in_time(db: Database, clock: FrozenClock, purpose: str, life: int):
    token = await make(db, clock, purpose)
    clock.advance(life - 1)
    async with db.reading() as tx:
        assert await LINKS.read(tx, purpose, token, clock.now())
    clock.advance(1)
    assert await spend(db, clock, token, purpose) is None


async def test_a_link_serves_its_purpose_only(db: Database, clock: FrozenClock):
    token = await make(db, clock, REGISTER)
    assert await spend(db, clock, token, RESET) is None
    assert await spend(db, clock, token, REGISTER)


async def test_what_is_not_a_link_of_ours_is_none(db: Database, clock: FrozenClock):
    token = await make(db, clock)
    wrong_secret = token[:-43] + "A" * 43
    for text in (
        "",
        "em_",
        token[:-1],
        token + "A",
        token.upper(),
        wrong_secret,
        "em_" + "0" * 32 + token[35:],
    ):
        assert await spend(db, clock, text) is None
    assert await spend(db, clock, token)


async def test_a_new_password_voids_every_link_of_the_account(db: Database, clock: FrozenClock):
    first, second = await make(db, clock, account="3" * 32), await make(db, clock, account="3" * 32)
    others = await make(db, clock, account="4" * 32)
    async with db.transaction() as tx:
        await LINKS.forget(tx, "3" * 32)
    assert await spend(db, clock, first) is None
    assert await spend(db, clock, second) is None
    assert await spend(db, clock, others)
