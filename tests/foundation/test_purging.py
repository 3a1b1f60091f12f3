"""A purge ends, takes only what is below its bound, and never holds the writer for more than a piece."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

import pytest
from sqlalchemy import func, insert, select

from foundation.clock import HOUR, FrozenClock
from foundation.database import Database, Transaction
from foundation.ids import new_id
from foundation.purging import Purge
from foundation.statements import Statement, Write
from idp.clients.tables import ClientAssertion
from idp.people.tables import ThrottleCounter

BY_ID = Purge(ThrottleCounter, piece=4)
BY_TIME = Purge(ClientAssertion, by="expires_at", piece=4)
_COUNTER = Write(insert(ThrottleCounter))
_ASSERTION = Write(insert(ClientAssertion))


class Count(NamedTuple):
    rows: int


_COUNTERS = Statement(select(func.count().label("rows")).select_from(ThrottleCounter), Count)


async def fill(db: Database, now: int, rows: int) -> None:
    async with db.transaction() as tx:
        for _ in range(rows):
            await tx.run(_COUNTER, id=new_id(now), count=1)


async def counters(db: Database) -> int:
    async with db.reading() as tx:
        return (await tx.one(_COUNTERS)).rows


@pytest.mark.parametrize("rows", [0, 3, 4, 5, 8, 11])
async def test_everything_below_the_bound_goes_and_nothing_else(
    db: Database, clock: FrozenClock, rows: int
) -> None:
    await fill(db, clock.now() - HOUR, rows)
    await fill(db, clock.now(), 3)
    assert await BY_ID.made_before(db, clock.now()) == rows
    assert await counters(db) == 3


async def test_rows_that_end_together_go_too(db: Database) -> None:
    async with db.transaction() as tx:
        for number in range(10):
            await tx.run(_ASSERTION, client_id="app", jti_hash=bytes([number]), expires_at=7)
        await tx.run(_ASSERTION, client_id="app", jti_hash=b"later", expires_at=8)
    assert await BY_TIME.below(db, 8) == 10
    assert await BY_TIME.below(db, 9) == 1


async def test_others_write_between_two_pieces(
    db: Database, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No unit of a purge deletes more than a piece, however much there is."""
    await fill(db, clock.now() - HOUR, 11)
    pieces: list[int] = []
    begin = db.transaction

    @asynccontextmanager
    async def counted() -> AsyncIterator[Transaction]:
        before = await counters(db)
        async with begin() as tx:
            yield tx
        pieces.append(before - await counters(db))

    monkeypatch.setattr(db, "transaction", counted)
    assert await BY_ID.made_before(db, clock.now()) == 11
    assert pieces == [4, 4, 3]


async def test_nodes_that_purge_at_once_leave_nothing(db: Database, clock: FrozenClock) -> None:
    await fill(db, clock.now() - HOUR, 30)
    deleted = await asyncio.gather(*(BY_ID.made_before(db, clock.now()) for _ in range(3)))
    assert sum(deleted) + await BY_ID.made_before(db, clock.now()) == 30
    assert await counters(db) == 0
