"""Limits: exact under any race, apart by name and subject, forgotten with their window."""

import asyncio

import pytest

from foundation.clock import HOUR, MINUTE, SECOND, FrozenClock
from foundation.database import Database
from idp.people.throttle import Limit, Throttle, network_of

LIMIT = Limit("test", 3, 15 * MINUTE)
NOW = 1_800_000_000 * SECOND


async def waits(db: Database, throttle: Throttle, subject: bytes, now: int, limit: Limit = LIMIT) -> int:
    async with db.transaction() as tx:
        return await throttle.wait_after(tx, limit, subject, now)


async def test_as_many_as_the_limit_says_then_a_wait_until_the_window_ends(db: Database):
    throttle = Throttle(b"k" * 32)
    now = NOW - NOW % LIMIT.window + 10 * MINUTE
    assert [await waits(db, throttle, b"a", now) for _ in range(5)] == [0, 0, 0, 301, 301]
    assert await waits(db, throttle, b"b", now) == 0
    assert await waits(db, throttle, b"a", now, LIMIT._replace(name="other")) == 0
    assert await waits(db, Throttle(b"o" * 32), b"a", now) == 0
    assert await waits(db, throttle, b"a", now + 5 * MINUTE - 1) == 1
    assert await waits(db, throttle, b"a", now + 5 * MINUTE) == 0


async def test_what_turned_out_well_is_given_back_and_never_more(db: Database):
    throttle = Throttle(b"k" * 32)
    for _ in range(10):
        assert await waits(db, throttle, b"a", NOW) == 0
        async with db.transaction() as tx:
            await throttle.give_back(tx, LIMIT, b"a", NOW)
            await throttle.give_back(tx, LIMIT, b"a", NOW)  # there is nothing below none
    async with db.transaction() as tx:
        await throttle.give_back(tx, LIMIT, b"never counted", NOW)


async def test_no_race_lets_more_through(db: Database):
    throttle = Throttle(b"k" * 32)
    seconds = await asyncio.gather(*[waits(db, throttle, b"a", NOW) for _ in range(64)])
    assert sum(1 for wait in seconds if wait == 0) == LIMIT.most


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        (None, "unix socket", True),
        ("fe80::1%eth0", "fe80::2%eth0", True),
    ],
)
def test_a_subscriber_is_counted_as_one(one: str | None, other: str | None, same: bool):
    assert (network_of(one) == network_of(other)) is same


async def test_windows_start_at_whole_multiples(db: Database, clock: FrozenClock):
    throttle = Throttle(b"k" * 32)
    start = clock.now() - clock.now() % HOUR
    hourly = Limit("hourly", 1, HOUR)
    assert await waits(db, throttle, b"a", start, hourly) == 0
    assert await waits(db, throttle, b"a", start, hourly) == 3601
