"""openid-client (npm) on a screen: a code shown, an answer elsewhere, tokens; by a bearer and by a key."""

import json
import secrets
from pathlib import Path

import pytest

from idp.clients.metadata import ClientMetadata
from idp.commands.clients import register_client
from idp.polling.kinds import DEVICE
from idp.running.opening import open_server
from tests.actors.house import House
from tests.clients import npm
from tests.idp.tokens import app_key

pytestmark = pytest.mark.network


async def test_a_screen_waits_for_an_answer_given_elsewhere(house: House, tmp_path: Path) -> None:
    packages = npm.packages("openid-client@6.8.9")
    key, client_id = app_key(), f"screen-{secrets.token_hex(4)}"
    metadata = ClientMetadata(
        name="Screen",
        grant_types=(DEVICE.grant_type,),
        auth_method="private_key_jwt",
        jwks=json.dumps({"keys": [key.as_dict(private=False)]}),
        optional_scopes=("skills",),
    )
    async with open_server(house.settings) as server:
        await register_client(server, client_id, metadata)
    her = await house.person()
    said = npm.run(
        "device.mjs",
        {
            "issuer": house.issuer,
            "client_id": client_id,
            "jwk": key.as_dict(private=True),
            "redirect_uri": "https://strict.example/nowhere",
            "email": her.email,
            "password": her.password,
            "packages": str(packages),
        },
        tmp_path,
    )
    assert said["refused"] == {"error": "access_denied"}
    assert [said[way]["type"].lower() for way in ("plain", "dpop")] == ["bearer", "dpop"]
    assert [said[way]["read"] for way in ("plain", "dpop")] == [200, 200]
    assert said["plain"]["claims"]["sub"] == said["dpop"]["claims"]["sub"]
