"""Two apps of one person: a coaching app, and an adviser's tool that may act on its behalf."""

import pytest

from tests.idp.exchange.pair import Pair
from tests.idp.support import World


@pytest.fixture
async def pair(world: World) -> Pair:
    """Both apps registered; she let neither of them read anything yet."""
    return await Pair.make(world)
