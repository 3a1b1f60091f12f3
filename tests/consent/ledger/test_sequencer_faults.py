"""The sequencer cut anywhere: before any statement, or with its commit in doubt. One pass more mends it."""

import asyncio

import pytest

from consent.ledger.sequencer import Sequencer
from foundation.clock import SECOND
from foundation.errors import StorageUnavailableError


class Faulty:
    """A database that fails once: at the nth statement of its units, or around the nth commit."""

    def __init__(self, db, *, statement: int = -1, commit: int = -1, stored: bool = False) -> None:
        self.db, self.dialect = db, db.dialect
        self.statement, self.commit, self.stored = statement, commit, stored
        self.failed = False

    def reading(self):
        return self.db.reading()

    def transaction(self):
        return _FaultyUnit(self)

    def fail(self) -> None:
        self.failed = True
        raise StorageUnavailableError("a fault of the test")


class _FaultyUnit:
    def __init__(self, faulty: Faulty) -> None:
        self.faulty = faulty
        self.unit = faulty.db.transaction()

    async def __aenter__(self):
        self.tx = await self.unit.__aenter__()
        return self

    async def __aexit__(self, kind, error, trace):
        if error is not None:
            return await self.unit.__aexit__(kind, error, trace)
        self.faulty.commit -= 1
        due = self.faulty.commit == -1 and not self.faulty.failed
        if due and not self.faulty.stored:
            lost = StorageUnavailableError("not stored")
            await self.unit.__aexit__(type(lost), lost, None)
            self.faulty.fail()
        await self.unit.__aexit__(None, None, None)
        if due:
            self.faulty.fail()
        return None

    def __getattr__(self, name):
        real = getattr(self.tx, name)

        async def call(*args, **values):
            self.faulty.statement -= 1
            if self.faulty.statement == -1 and not self.faulty.failed:
                self.faulty.fail()
            return await real(*args, **values)

        return call


async def outlive(faulty: Faulty, sequencer: Sequencer) -> None:
    """Passes until one meets nothing to do, through the fault: the next pass is the whole recovery."""
    for _ in range(10):
        try:
            if not await sequencer.advance(sign_now=True):
                break
        except StorageUnavailableError:
            assert faulty.failed


@pytest.mark.parametrize("stored", [False, True], ids=["not stored", "stored anyway"])
@pytest.mark.parametrize("commit", range(5))
async def test_a_commit_in_doubt(log, commit, stored):
    faulty = Faulty(log.db, commit=commit, stored=stored)
    sequencer = log.another_sequencer(faulty, batch=300)
    await log.write_many(600)
    await outlive(faulty, sequencer)
    assert faulty.failed
    await log.check(events=600)


@pytest.mark.parametrize("statement", range(26))
async def test_a_crash_before_each_statement(log, statement):
    faulty = Faulty(log.db, statement=statement)
    sequencer = log.another_sequencer(faulty, batch=260)
    await log.write_many(260)
    await outlive(faulty, sequencer)
    await log.write_many(1)
    await outlive(faulty, sequencer)
    assert faulty.failed or statement > 22
    await log.check(events=261)


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
