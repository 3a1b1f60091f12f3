"""The room on each database in turn."""

from collections.abc import AsyncIterator

import pytest

from foundation.clock import FrozenClock
from foundation.database import Database
from idp.people.room import People
from tests.idp.people.house import House, make_server, no_pace, quick_hasher


@pytest.fixture
async def house(db: Database, clock: FrozenClock) -> AsyncIterator[House]:
    """The room, its pages and a frozen clock, over an empty database."""
    people = People.open(make_server(db, clock), hasher=quick_hasher(), pace=no_pace())
    house = House(people, clock)
    yield house
    for browser in house.browsers:
        await browser.http.aclose()
    people.close()
