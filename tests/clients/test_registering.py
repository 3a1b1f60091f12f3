"""openid-client (npm) registers its app by itself, signs a person in, reads its registration and ends it."""

from pathlib import Path

import pytest

from foundation.clock import HOUR
from idp.clients.declarations import Hand
from idp.registration import tokens
from idp.registration.policy import Policy
from idp.running.opening import open_server
from tests.actors.house import House
from tests.clients import npm
from tests.idp.tokens import app_key

pytestmark = pytest.mark.network
REDIRECT = "https://strict.example/callback"  # nothing answers there: its own browser stops before it
METHODS = {"client_secret_basic", "client_secret_post", "none", "private_key_jwt"}


async def test_an_app_registers_by_itself_in_every_way(house: House, tmp_path: Path) -> None:
    packages = npm.packages("openid-client@6.8.9")
    async with open_server(house.settings) as server:
        now = server.clock.now()
        async with server.db.transaction() as tx:
            wish = tokens.Wish(Policy(approved=("openid", "skills")), len(METHODS), now + HOUR)
            _, token = await tokens.make(tx, wish, server.secrets.token_hash, Hand(now))
    her = await house.person()
    said = npm.run(
        "registering.mjs",
        {
            "issuer": house.issuer,
            "token": token,
            "jwk": app_key().as_dict(private=True),
            "public": app_key().as_dict(private=False),
            "redirect_uri": REDIRECT,
            "email": her.email,
            "password": her.password,
            "packages": str(packages),
        },
        tmp_path,
    )
    assert said.keys() == METHODS
    for method, found in said.items():
        assert found["method"] == method
        assert found["scope"] == "openid skills"
        assert found["alg"] == "RS256"  # what a registration that says nothing asks for
        assert found["same"], method
        assert found["ended"] == [204, 401], method
