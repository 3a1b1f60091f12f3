"""Databases with the probe tables in them."""

from collections.abc import AsyncIterator

import pytest

from foundation import sqlite_disk
from foundation.database import Database, open_database
from tests.foundation.probes import create_probes


@pytest.fixture
def postgres_url(fresh_postgres_url: str) -> str:
    """These tests make tables and break the database: each has its own."""
    return fresh_postgres_url


@pytest.fixture
def often_moved(monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite's journal is moved into the file four times as often, so that a test need not write as much."""
    monkeypatch.setattr(sqlite_disk, "_CHECKPOINT_ROWS", 4_000)


@pytest.fixture
async def store(db: Database) -> Database:
    """Each engine in turn, open, with the probe tables."""
    await create_probes(db)
    return db


@pytest.fixture
async def other(database_url: str, store: Database) -> AsyncIterator[Database]:
    """A second node or the command line: another Database on the same data as `store`."""
    database = open_database(database_url)
    await database.start()
    yield database
    await database.stop()
