"""A world whose apps can be reached on the loopback, and receivers that behave as a test says."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from foundation.settings import Settings
from tests.idp.signals.receivers import Receiver, receiving
from tests.idp.support import settings_for


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return settings_for(database_url, tmp_path, outbound_allow="127.0.0.1")


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """A receiver that acknowledges whatever comes."""
    async with receiving() as opened:
        yield opened
