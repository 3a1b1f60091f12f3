"""openid-client (npm) asks somebody who answers on her own phone (CIBA): bearer, key, and refused."""

import json
import secrets
from pathlib import Path

import pytest

from idp.ciba.registering import GRANT_TYPE
from idp.clients.metadata import ClientMetadata
from idp.commands.clients import register_client
from idp.running.opening import open_server
from tests.actors.house import House
from tests.clients import npm
from tests.idp.tokens import app_key

pytestmark = pytest.mark.network


async def test_somebody_answers_on_her_own_phone(house: House, tmp_path: Path) -> None:
    packages = npm.packages("openid-client@6.8.9")
    key, client_id = app_key(), f"adviser-{secrets.token_hex(4)}"
    metadata = ClientMetadata(
        name="Adviser",
        grant_types=(GRANT_TYPE,),
        auth_method="private_key_jwt",
        jwks=json.dumps({"keys": [key.as_dict(private=False)]}),
        optional_scopes=("skills",),
    )
    async with open_server(house.settings) as server:
        await register_client(server, client_id, metadata)
    her, other = await house.person(), await house.person()
    said = npm.run(
        "backchannel.mjs",
        {
            "issuer": house.issuer,
            "client_id": client_id,
            "jwk": key.as_dict(private=True),
            "redirect_uri": "https://strict.example/nowhere",
            "email": her.email,
            "other": other.email,
            "password": her.password,
            "packages": str(packages),
        },
        tmp_path,
    )
    assert said["refused"] == {"error": "access_denied"}
    assert [said[way]["type"].lower() for way in ("plain", "dpop")] == ["bearer", "dpop"]
    assert [said[way]["read"] for way in ("plain", "dpop")] == [200, 200]
    assert said["plain"]["named"]
    assert said["plain"]["sub"] == said["dpop"]["sub"]
