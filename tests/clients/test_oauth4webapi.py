"""oauth4webapi (npm) in the ways that its quickstart leaves out: signed both ways, a screen, a phone."""

import json
import secrets
from pathlib import Path

import pytest

from idp.ciba.registering import GRANT_TYPE as CIBA
from idp.clients.metadata import ClientMetadata
from idp.commands.clients import register_client
from idp.polling.kinds import DEVICE
from idp.running.opening import open_server
from tests.actors.house import House
from tests.clients import npm
from tests.idp.tokens import app_key

pytestmark = pytest.mark.network
REDIRECT = "https://strict.example/callback"  # nothing answers there: its own browser stops before it


async def test_signed_requests_and_answers_a_screen_and_a_phone(house: House, tmp_path: Path) -> None:
    packages = npm.packages("oauth4webapi@3.8.8", "jose@6.2.17")
    key, client_id = app_key(), f"oauth-{secrets.token_hex(4)}"
    metadata = ClientMetadata(
        name="OAuth",
        redirect_uris=(REDIRECT,),
        grant_types=("authorization_code", DEVICE.grant_type, CIBA),
        auth_method="private_key_jwt",
        jwks=json.dumps({"keys": [key.as_dict(private=False)]}),
        require_signed_request_object=True,
        authorization_signed_response_alg="ES256",
        optional_scopes=("skills",),
    )
    async with open_server(house.settings) as server:
        await register_client(server, client_id, metadata)
    her = await house.person()
    said = npm.run(
        "oauth.mjs",
        {
            "issuer": house.issuer,
            "client_id": client_id,
            "jwk": key.as_dict(private=True),
            "redirect_uri": REDIRECT,
            "email": her.email,
            "password": her.password,
            "packages": str(packages),
        },
        tmp_path,
    )
    assert said.keys() == {"signed", "screen", "phone"}
    assert [one["read"] for one in said.values()] == [200, 200, 200]
    assert len({one["sub"] for one in said.values()}) == 1
