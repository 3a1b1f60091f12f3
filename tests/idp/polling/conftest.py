"""Requests that are polled for, on each database."""

import pytest

from tests.idp.polling.waiting import Waiting, kiosk, start
from tests.idp.support import World


@pytest.fixture
async def waiting(world: World) -> Waiting:
    return await start(await kiosk(world))
