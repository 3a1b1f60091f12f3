"""A log of one's own for each test."""

import pytest

from foundation.database import open_database
from tests.consent.ledger.support import Log


@pytest.fixture
def log(db, database_url, clock):
    return Log(db, database_url, clock)


@pytest.fixture
async def sqlite_log(sqlite_url, clock):
    database = open_database(sqlite_url)
    await database.start()
    yield Log(database, sqlite_url, clock)
    await database.stop()


@pytest.fixture
async def postgres_log(postgres_url, clock):
    """The same where several nodes can be."""
    database = open_database(postgres_url)
    await database.start()
    yield Log(database, postgres_url, clock)
    await database.stop()


@pytest.fixture
async def honest(log):
    """300 events in three heads, two more that wait."""
    await log.sequencer.advance()
    for batch in (100, 150, 50):
        await log.write_many(batch)
        await log.drain()
    await log.write_many(2)
    return log
