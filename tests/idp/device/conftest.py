"""An app with a screen, beside browsers."""

import pytest

from tests.idp.device.screen import Screen, app_at, start
from tests.idp.support import World


@pytest.fixture
async def screen(house: World) -> Screen:
    return await start(await app_at(house))
