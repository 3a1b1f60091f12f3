"""The room on each database in turn."""

import io
from collections.abc import AsyncIterator, Iterator

import pytest
import structlog

from foundation.clock import FrozenClock
from foundation.database import Database
from foundation.logging import configure_logging
from idp.people.room import People
from tests.idp.people.house import House, make_server, no_pace, quick_hasher


@pytest.fixture(autouse=True)
def _strict_logs() -> Iterator[None]:
    """A log call that names a secret or a personal field is a failure."""
    configure_logging(stream=io.StringIO(), strict=True)
    yield
    structlog.reset_defaults()


@pytest.fixture
async def house(db: Database, clock: FrozenClock) -> AsyncIterator[House]:
    """The room, its pages and a frozen clock, over an empty database."""
    people = People.open(make_server(db, clock), hasher=quick_hasher(), pace=no_pace())
    house = House(people, clock)
    yield house
    for browser in house.browsers:
        await browser.http.aclose()
    people.close()
