"""A life on each database in turn."""

import pytest

from foundation.clock import FrozenClock
from foundation.database import Database
from tests.consent.mirror.living import Life, life_on


@pytest.fixture
def life(db: Database, clock: FrozenClock) -> Life:
    return life_on(db, clock)
