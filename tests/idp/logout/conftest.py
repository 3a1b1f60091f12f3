"""A world whose apps can be reached on the loopback."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from foundation.settings import Settings
from idp.signals.courier import Courier
from tests.idp.signals.receivers import Receiver, answer, receiving
from tests.idp.support import settings_for


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return settings_for(database_url, tmp_path, outbound_allow="127.0.0.1")


@pytest.fixture(autouse=True)
def courier_at_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server's own courier sends nothing: a test says when."""

    async def rest(_self: Courier) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(Courier, "run", rest)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """An app that takes whatever logout token comes."""
    async with receiving(always=answer(b"200 OK")) as opened:
        yield opened
