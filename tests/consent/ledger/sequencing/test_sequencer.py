"""The sequencer: nothing lost, nothing twice, never two heads of one size, whoever competes."""

import asyncio
from types import SimpleNamespace

from consent.ledger.merkle import EMPTY_ROOT
from consent.ledger.notes.checkpoint import open_checkpoint, sign_checkpoint
from consent.ledger.sequencing.lease import LEASE
from consent.ledger.sequencing.publish import due_head, keep_head
from consent.ledger.store import Head, read_head
from consent.ledger.tiles import TileError
from foundation.clock import SECOND
from foundation.database import ConflictError, open_database
from foundation.errors import StorageUnavailableError
from tests.consent.ledger.support import ORIGIN, read


async def test_the_first_head_is_of_the_empty_tree(log):
    assert await log.sequencer.advance() == 0
    async with log.db.reading() as tx:
        head = await read_head(tx, ORIGIN)
    assert (head.size, head.root) == (0, EMPTY_ROOT)
    assert open_checkpoint(head.note, log.signer.verifier).size == 0
    await log.check(events=0)


async def test_events_get_places_in_batches_and_heads_in_time(log):
    sequencer = log.another_sequencer(batch=100, checkpoint_every=10 * SECOND)
    await log.write_many(250)
    assert [await sequencer.advance() for _ in range(4)] == [100, 100, 50, 0]
    assert await log.rows("SELECT size FROM ledger_checkpoint ORDER BY size") == [(0,)]
    log.clock.advance(10 * SECOND)
    await sequencer.advance()
    assert await log.rows("SELECT size FROM ledger_checkpoint ORDER BY size") == [(0,), (250,)]
    await sequencer.advance(sign_now=True)  # nothing grew: nothing to sign
    assert await log.rows("SELECT size FROM ledger_checkpoint ORDER BY size") == [(0,), (250,)]
    await log.check(events=250)


async def test_who_is_far_behind_catches_up_in_longer_batches_until_it_has(log):
    sequencer = log.another_sequencer(batch=2, behind=10)
    await log.write_many(30)
    assert [await sequencer.advance() for _ in range(11)] == [2] * 8 + [10, 4, 0]
    await log.write_many(3)
    assert [await sequencer.advance(sign_now=True) for _ in range(2)] == [2, 1]
    await log.check(events=33)


async def test_a_late_commit_with_an_older_id_is_not_lost(log):
    early = log.clock.now()
    await log.write_many(5)
    await log.drain()
    async with log.db.transaction() as tx:
        late = await log.ledger.append(tx, read(), person=log.person, now=early, request_id=None)
    await log.drain()
    position = await log.value("SELECT position FROM ledger_entry WHERE event_id = ?", late.event_id)
    assert position == 5
    await log.check(events=6)


async def test_appends_race_the_background_task(log):
    sequencer = log.another_sequencer(batch=7, interval=0.001, checkpoint_every=0)
    await sequencer.start()

    async def busy() -> None:
        for _ in range(12):
            await log.write()

    await asyncio.gather(*(busy() for _ in range(12)))
    await sequencer.stop()
    await log.check(events=144)


async def test_a_stop_leaves_everything_signed(log):
    await log.sequencer.start()
    await log.write_many(30)
    await log.sequencer.stop()
    await log.check(events=30)
    await log.sequencer.stop()  # once more does no harm


async def test_the_lag_is_the_age_of_what_no_head_covers(log):
    await log.drain()
    assert log.sequencer.lag(log.clock.now()) == 0
    await log.write()
    recorded = log.clock.now()
    log.clock.advance(3 * SECOND)
    assert (
        log.sequencer.lag(log.clock.now()) == log.clock.now() - recorded + 1_000
    )  # no pass since: it grows by itself
    await log.sequencer._measure(log.clock.now())
    assert log.sequencer.lag(log.clock.now()) == 3 * SECOND
    await log.sequencer.advance()
    assert log.sequencer.lag(log.clock.now()) == 0
    await log.write()
    await log.sequencer.advance()  # placed, and too early for the next head
    log.clock.advance(500_000)
    assert log.sequencer.lag(log.clock.now()) == 500_000


# --- rivals -----------------------------------------------------------------------------------------------


async def test_two_sequencers_compete(log):
    other_db = open_database(log.url)
    await other_db.start()
    rivals = [
        log.another_sequencer(db, batch=5, interval=0.001, checkpoint_every=0) for db in (log.db, other_db)
    ]
    for rival in rivals:
        await rival.start()
    for _ in range(60):
        await log.write()
        log.clock.advance(LEASE // 3)  # leases run out all the time
    for rival in rivals:
        await rival.stop()
    await other_db.stop()
    await log.check(events=60)
    sizes = await log.rows("SELECT size, count(*) FROM ledger_checkpoint GROUP BY size HAVING count(*) > 1")
    assert sizes == []


async def test_a_standby_leads_when_the_lease_ends(postgres_log):
    log = postgres_log
    first, second = log.another_sequencer(), log.another_sequencer()
    await log.write()
    assert await first.advance() == 1
    await log.write()
    assert await second.advance() == 0
    await second.stop()  # it has no lease to give back
    log.clock.advance(LEASE + 2)
    assert await second.advance() == 1
    await second.stop()
    await log.write()
    assert await first.advance() == 1  # a clean stop hands over at once


async def test_positions_are_given_once_even_without_a_lease(log):
    """Two integrate at one moment, each believing that it leads: one of them fails, whole."""
    log.sequencer._holder = None
    rival = log.another_sequencer()
    rival._holder = None
    await log.write_many(400)
    outcomes = await asyncio.gather(
        *(one.advance() for one in (log.sequencer, rival, log.sequencer, rival)), return_exceptions=True
    )
    refusals = ConflictError | TileError | StorageUnavailableError  # whichever contradiction is met first
    assert all(isinstance(one, int | refusals) for one in outcomes), outcomes
    await log.drain()
    await log.check(events=400)


async def test_a_signer_that_lost_the_race_writes_nothing(log):
    """The head moves between a signer's read and its swap."""
    await log.write_many(3)
    await log.sequencer.advance()
    heads = await log.rows("SELECT size, note FROM ledger_checkpoint ORDER BY size")
    async with log.db.transaction() as tx:
        assert await _publish(_Stale(tx), log) is None
    assert await log.rows("SELECT size, note FROM ledger_checkpoint ORDER BY size") == heads[:1]
    await log.drain()
    await log.check(events=3)


async def _publish(tx, log) -> Head | None:
    due = await due_head(tx, log.signer.name)
    if due is None:
        return None
    note = await sign_checkpoint(log.signer, due.size, due.root)
    return await keep_head(tx, log.signer.name, due, note, log.clock.now())


class _Stale:
    """A transaction in which the compare-and-swap finds another head than was read."""

    def __init__(self, tx) -> None:
        self.tx = tx
        self.one, self.first, self.all = tx.one, tx.first, tx.all

    async def run(self, statement, **values):
        if "old_root" in values:
            values["old_root"] = bytes(32)
        return await self.tx.run(statement, **values)


async def test_a_first_head_that_another_signed_meanwhile(log):
    """The head is absent when it is first read; by the next statement a rival's is there."""

    class Blind:
        def __init__(self, tx, looks: int) -> None:
            self.tx, self.looks = tx, looks
            self.run = tx.run

        async def first(self, statement, **values):
            return await self._seen(self.tx.first, statement, values, None)

        async def one(self, statement, **values):
            return await self._seen(
                self.tx.one, statement, values, SimpleNamespace(checkpoints=0, position=None)
            )

        async def _seen(self, real, statement, values, blind):
            self.looks -= 1
            return blind if self.looks >= 0 else await real(statement, **values)

    await log.sequencer.advance()
    for looks in (1, 3):  # before the question whether heads were signed, and after it
        async with log.db.transaction() as tx:
            assert await _publish(Blind(tx, looks), log) is None
    assert await log.rows("SELECT size FROM ledger_checkpoint") == [(0,)]


async def test_two_first_heads_are_one(log):
    async with log.db.transaction() as tx:
        assert (await _publish(tx, log)).size == 0
        assert await _publish(tx, log) is None
