"""An adviser's app in the house where amina lives."""

import pytest

from tests.idp.ciba.conversing import Talk, talk_of
from tests.idp.support import World


@pytest.fixture
async def talk(house: World) -> Talk:
    return await talk_of(house)
