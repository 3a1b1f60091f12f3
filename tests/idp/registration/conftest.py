"""Somebody to whom the operator gave a token."""

import pytest

from tests.idp.registration.newcomer import Newcomer, initial_token
from tests.idp.support import World


@pytest.fixture
async def newcomer(world: World) -> Newcomer:
    return Newcomer(world, (await initial_token(world.server))[1])
