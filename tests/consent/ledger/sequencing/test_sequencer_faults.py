"""The sequencer cut anywhere: at a statement, or with its commit in doubt. One pass more mends it."""

import asyncio

from consent.ledger.sequencing.lease import LEASE
from consent.ledger.sequencing.sequencer import Sequencer
from foundation.clock import SECOND
from foundation.errors import StorageUnavailableError
from tests.consent.ledger.faults import Faulty
from tests.consent.ledger.support import read


async def outlive(faulty: Faulty, sequencer: Sequencer) -> None:
    """Passes until one meets nothing to do, through the fault: the next pass is the whole recovery."""
    for _ in range(10):
        try:
            if not await sequencer.advance(sign_now=True):
                break
        except StorageUnavailableError:
            assert faulty.failed


async def test_a_commit_in_doubt(log):
    """Each commit of a pass in turn: not stored, and stored though the sequencer was told otherwise."""
    events = 0
    for commit in range(4):
        for stored in (False, True):
            faulty = Faulty(log.db, commit=commit, stored=stored)
            await log.write_many(300)
            events += 300
            log.clock.advance(LEASE)  # the sequencer before this one is dead
            await outlive(faulty, log.another_sequencer(faulty, batch=150))
            assert faulty.failed
            await log.check(events=events)


async def test_a_crash_at_each_statement(log):
    """Before it and after it, until the fault is set so late that the passes end before it."""
    events = 0
    for stored in (False, True):
        statement, failed = 0, True
        while failed:
            faulty = Faulty(log.db, statement=statement, stored=stored)
            await log.write_many(20)
            events += 20
            log.clock.advance(LEASE)
            await outlive(faulty, log.another_sequencer(faulty))
            failed, statement = faulty.failed, statement + 1
        await log.check(events=events)
        assert statement > 11


async def test_an_event_is_recorded_whole_or_not_at_all(log):
    """Around the write of an append (one series) and its commit: what the caller was told does not decide.

    A fault within a series: tests/foundation/test_series.py.
    """
    faults = [{"statement": number, "stored": stored} for number in range(2) for stored in (False, True)]
    faults += [{"commit": 0, "stored": stored} for stored in (False, True)]
    stored = refused = 0
    for fault in faults:
        faulty = Faulty(log.db, **fault)
        try:
            async with faulty.transaction() as tx:
                await log.append(tx, read())
        except StorageUnavailableError:
            refused += 1
            stored += "commit" in fault and fault["stored"]
        else:
            stored += 1
    assert (refused, stored) == (4, 3)
    await log.drain()
    await log.check(events=stored)


async def test_the_background_task_outlives_faults(log):
    faulty = Faulty(log.db, commit=1)
    sequencer = log.another_sequencer(faulty, interval=0.001)
    await log.write_many(10)
    await sequencer.start()
    await asyncio.sleep(0.05)
    await sequencer.stop()
    assert faulty.failed
    await log.check(events=10)


async def test_a_stop_while_the_database_is_away(log):
    sequencer = log.another_sequencer(Faulty(log.db, commit=0))
    await log.write()
    await sequencer.stop()
    await log.drain()
    await log.check(events=1)


async def test_what_nobody_foresaw_is_told_and_retried(log, monkeypatch):
    sequencer = log.another_sequencer()

    async def surprise() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(sequencer, "advance", surprise)
    assert await sequencer._pass() == 0
    log.clock.advance(SECOND)
    assert sequencer.lag(log.clock.now()) == SECOND
