"""The whole application on one engine (storage has its own tests), and an app that declared everything."""

import pytest

from consent.catalogue import Phrase
from consent.limits import Frequency
from tests.idp.conftest import app, house, http, new_visitor, quick_keys, server, settings, visitor, world
from tests.idp.minors.conftest import home
from tests.idp.partner.test_declaring import partner
from tests.idp.support import World, add_app

__all__ = [
    "app",
    "home",
    "house",
    "http",
    "new_visitor",
    "partner",
    "quick_keys",
    "server",
    "settings",
    "visitor",
    "world",
]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
async def coach(house: World) -> World:
    """The world of an app that says all an app can say: who it is, why, on what ground, for how long."""
    client = await add_app(
        house.server,
        "coach",
        "coach-secret",
        legal_entity="Cap Coaching SAS",
        contact="dpo@coach.example",
        homepage="https://coach.example",
        privacy_url="https://coach.example/privacy",
        verified_on="2026-09-01",
        purpose=Phrase("préparer avec vous votre plan d’action", "prepare your action plan with you"),
        retention=Phrase("Tout est effacé sous trois mois.", "All is erased within three months."),
        scope_reasons={"skills": Phrase("pour bâtir ce plan", "to build that plan")},
        frequency=Frequency(5, "day"),
        public_body=True,
        no_detriment=True,
        use_basis="public_task",
    )
    return house.of(client, "coach-secret")
