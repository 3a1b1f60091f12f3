"""A public app starts so many requests from one network, and no more."""

from pathlib import Path

import pytest

from foundation.clock import MINUTE
from foundation.settings import Settings
from tests.idp.device.screen import app_at, begin, start
from tests.idp.support import World, settings_for
from tests.idp.tokens import refused


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return settings_for(database_url, tmp_path, authorize_per_network=3)


async def test_one_too_many_of_a_public_app_waits(world: World) -> None:
    tv = await app_at(world, "tv", with_secret=False, auth_method="none")
    for _ in range(3):
        await start(tv)
    answer = await begin(tv)
    refused(answer, "too_many_openings", 429)
    assert 0 < int(answer.headers["retry-after"]) <= 901
    await start(await app_at(world))  # one that authenticates is known by name
    world.clock.advance(15 * MINUTE)
    await start(tv)
