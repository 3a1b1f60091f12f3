"""A log of one's own for each test."""

import pytest

from foundation.database import open_database
from tests.consent.ledger.support import Log


@pytest.fixture
def log(db, database_url, clock):
    return Log(db, database_url, clock)


@pytest.fixture
async def postgres_log(postgres_url, clock):
    """The same where several nodes can be."""
    database = open_database(postgres_url)
    await database.start()
    yield Log(database, postgres_url, clock)
    await database.stop()
