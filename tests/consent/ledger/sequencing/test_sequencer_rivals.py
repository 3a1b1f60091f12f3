"""A leader that stalls past its lease and comes back does nothing that another did."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from consent.ledger.notes.note import Signer
from consent.ledger.sequencing.integrate import integrate, read_next
from consent.ledger.sequencing.lease import LEASE
from consent.ledger.sequencing.sequencer import Pace, Sequencer
from foundation.database import ConflictError
from tests.consent.ledger.support import ORIGIN


class Stalled:
    """A step that begins, and goes on when it is told."""

    def __init__(self) -> None:
        self.begun, self.go_on = asyncio.Event(), asyncio.Event()

    async def __call__(self) -> None:
        self.begun.set()
        await self.go_on.wait()


def signing_slowly(log, stalled: Stalled) -> Sequencer:
    """A sequencer of another node, whose key answers late."""

    async def by(text: str) -> bytes:
        await stalled()
        return log.key.sign(text.encode())

    return Sequencer(log.db, Signer(log.signer.verifier, by), log.clock, Pace())


async def one_head_a_size(log, sizes: list[int]) -> None:
    assert [row[0] for row in await log.rows("SELECT size FROM ledger_checkpoint ORDER BY size")] == sizes


@pytest.mark.parametrize("more", [0, 5])
async def test_a_leader_that_stalls_while_it_signs(log, more):
    """Meanwhile another takes over, and signs the same tree, or a larger one."""
    stalled = Stalled()
    await log.sequencer.advance()
    log.clock.advance(2 * LEASE)
    slow = signing_slowly(log, stalled)
    await log.write_many(3)
    late = asyncio.create_task(slow.advance(sign_now=True))
    await stalled.begun.wait()
    log.clock.advance(2 * LEASE)
    await log.write_many(more) if more else None
    await log.drain(log.another_sequencer())
    await one_head_a_size(log, [0, 3 + more])
    stalled.go_on.set()
    assert await late == 3
    await one_head_a_size(log, [0, 3 + more])
    head, last = (
        await log.rows("SELECT note FROM ledger_head"),
        "SELECT note FROM ledger_checkpoint WHERE size = ?",
    )
    assert head == await log.rows(last, 3 + more)
    log.clock.advance(2 * LEASE)
    await log.write()
    await log.drain(slow)  # it leads again, from what is stored
    await log.check(events=4 + more)


async def test_a_leader_that_stalls_within_its_unit(postgres_log):
    """The lease's row is locked by whoever works: the other waits, and finds its queue empty."""
    log, stalled = postgres_log, Stalled()
    await log.sequencer.advance()
    log.clock.advance(2 * LEASE)
    await log.write_many(4)
    slow = log.another_sequencer(_Pausing(log.db, stalled))
    late = asyncio.create_task(slow.advance(sign_now=True))
    await stalled.begun.wait()
    log.clock.advance(2 * LEASE)  # its lease is over, and it holds the row
    other = log.another_sequencer()
    waiting = asyncio.create_task(other.advance(sign_now=True))
    stalled.go_on.set()
    assert await late == 4
    assert await waiting == 0
    await log.check(events=4)


class _Overtaken:
    """A database whose units begin when they are told."""

    def __init__(self, db, stalled: Stalled) -> None:
        self.db, self.dialect, self.shared, self.stalled = db, db.dialect, db.shared, stalled
        self.reading = db.reading

    @asynccontextmanager
    async def transaction(self):
        await self.stalled()
        async with self.db.transaction() as tx:
            yield tx


async def test_a_leader_that_is_overtaken_before_its_unit(log):
    """What it made ready has its place by then: nothing of it is written, and nothing is lost."""
    stalled = Stalled()
    await log.sequencer.advance()
    log.clock.advance(2 * LEASE)
    await log.write_many(4)
    late = asyncio.create_task(log.another_sequencer(_Overtaken(log.db, stalled), batch=3).advance())
    await stalled.begun.wait()
    assert await log.another_sequencer().advance() == 4
    await log.tamper("DELETE FROM ledger_lease")  # so that it leads when it comes to it
    stalled.go_on.set()
    assert await late == 0
    log.clock.advance(2 * LEASE)
    await log.write()
    await log.drain()
    await log.check(events=5)


async def test_what_was_taken_out_of_the_queue_meanwhile_gets_no_place(log):
    stalled = Stalled()
    await log.sequencer.advance()
    log.clock.advance(2 * LEASE)
    first, _ = await log.write_many(2)
    late = asyncio.create_task(log.another_sequencer(_Overtaken(log.db, stalled)).advance())
    await stalled.begun.wait()
    await log.tamper("DELETE FROM ledger_queue WHERE event_id = ?", first.event_id)
    stalled.go_on.set()
    with pytest.raises(ConflictError, match="queued"):
        await late
    assert await log.value("SELECT count(*) FROM ledger_entry") == 0


class _Pausing:
    """A database on which the first unit stalls once it holds the lease."""

    def __init__(self, db, stalled: Stalled) -> None:
        self.db, self.dialect, self.shared, self.stalled = db, db.dialect, db.shared, stalled
        self.reading = db.reading

    def transaction(self):
        return _PausingUnit(self.db.transaction(), self.stalled)


class _PausingUnit:
    def __init__(self, unit, stalled: Stalled) -> None:
        self.unit, self.stalled = unit, stalled

    async def __aenter__(self):
        self.tx = await self.unit.__aenter__()
        return self

    async def __aexit__(self, *raised):
        return await self.unit.__aexit__(*raised)

    async def run(self, statement, **values):
        done = await self.tx.run(statement, **values)
        await self.stalled()
        return done

    def __getattr__(self, name):
        return getattr(self.tx, name)


async def test_of_many_nodes_each_event_is_placed_by_one(postgres_log):
    """64 passes of 8 nodes at once, the lease up for grabs at each."""
    log = postgres_log
    nodes = [log.another_sequencer(batch=5) for _ in range(8)]
    await log.write_many(120)
    for _ in range(24):
        log.clock.advance(2 * LEASE)
        passes = (node.advance(sign_now=True) for node in nodes for _ in range(8))
        for one in await asyncio.gather(*passes, return_exceptions=True):
            assert isinstance(one, int | ConflictError), one
        if not await log.value("SELECT count(*) FROM ledger_queue"):
            break
    await log.drain()
    await log.check(events=120)
    assert await log.rows("SELECT size FROM ledger_checkpoint GROUP BY size HAVING count(*) > 1") == []
    assert await log.value("SELECT count(*) FROM ledger_head WHERE origin = ?", ORIGIN) == 1


class _Interrupted:
    """A transaction after whose first statement something happens, once."""

    def __init__(self, tx, happens) -> None:
        self.tx, self.happens = tx, happens

    def __getattr__(self, name):
        async def run(*what, **values):
            answer = await getattr(self.tx, name)(*what, **values)
            if self.happens is not None:
                happens, self.happens = self.happens, None
                await happens()
            return answer

        return run


async def test_a_leader_that_is_overtaken_while_it_reads_what_comes_next(log):
    """Between the size of the tree and the queue: what it read there fits no tree any more."""
    await log.sequencer.advance()
    log.clock.advance(2 * LEASE)
    await log.write_many(4)
    async with log.db.reading() as tx:
        following = await read_next(_Interrupted(tx, log.another_sequencer().advance), 3)
    async with log.db.transaction() as tx:
        assert await integrate(tx, following) == 0
    await log.check(events=4)
