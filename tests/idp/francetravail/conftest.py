"""The whole application with an app of this profile, and amina who may sign in."""

from collections.abc import AsyncIterator

import pytest
from starlette.types import ASGIApp

from tests.idp.francetravail.app import FranceTravailApp, register
from tests.idp.support import World


@pytest.fixture
async def partner(house: World, app: ASGIApp) -> AsyncIterator[FranceTravailApp]:
    await register(house.server, "les-emplois")
    made = FranceTravailApp.at(app)
    yield made
    await made.http.aclose()
