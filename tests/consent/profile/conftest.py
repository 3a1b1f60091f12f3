"""Somebody whose profile it is."""

import pytest

from foundation.database import Database
from keys.people import PeopleKeys


@pytest.fixture
async def db(db: Database) -> Database:
    async with db.transaction() as tx:
        await PeopleKeys(b"w" * 32).create(tx, "p1")
    return db
