"""openid-client (npm) proves a key: the whole way of a FAPI 2.0 app, and of a public one, by DPoP."""

import json
import secrets
from pathlib import Path

import pytest

from idp.clients.metadata import ClientMetadata
from idp.commands.clients import register_client
from idp.fapi.rules import completed
from idp.running.opening import open_server
from tests.actors.house import House
from tests.clients import npm
from tests.idp.tokens import app_key

pytestmark = pytest.mark.network
REDIRECT = "https://strict.example/callback"  # nothing answers there: its own browser stops before it
ALGORITHMS = ("ES256", "Ed25519", "PS256")


async def test_an_app_with_a_key_from_request_to_refresh(house: House, tmp_path: Path) -> None:
    packages = npm.packages("openid-client@6.8.9")
    key, mark = app_key(), secrets.token_hex(4)
    common = {"name": "Strict", "redirect_uris": (REDIRECT,), "optional_scopes": ("skills", "offline_access")}
    jwks = json.dumps({"keys": [key.as_dict(private=False)]})
    fapi = completed(common | {"auth_method": "private_key_jwt", "jwks": jwks})
    async with open_server(house.settings) as server:
        await register_client(server, f"fapi-{mark}", ClientMetadata(**fapi))
        await register_client(server, f"public-{mark}", ClientMetadata(**common, auth_method="none"))
    her = await house.person()
    said = npm.run(
        "proofs.mjs",
        {
            "issuer": house.issuer,
            "fapi": f"fapi-{mark}",
            "public": f"public-{mark}",
            "jwk": key.as_dict(private=True),
            "algorithms": ALGORITHMS,
            "redirect_uri": REDIRECT,
            "email": her.email,
            "password": her.password,
            "packages": str(packages),
        },
        tmp_path,
    )
    assert said.keys() == {f"{app} {alg}" for app in ("fapi", "public") for alg in ALGORITHMS}
    for way, found in said.items():
        assert {one.lower() for one in found["types"]} == {"dpop"}, way
        assert found["kept"] is way.startswith("fapi"), way
        assert found["reads"] == [200, 200], way
        assert found["stolen"][0] == 401, way
        assert found["stolen"][1].startswith("DPoP "), way
        assert found["same"], way
