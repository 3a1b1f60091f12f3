"""openid-client (npm), the strictest client there is: each way to ask and to be answered that we announce."""

import json
import secrets
from pathlib import Path

import pytest

from idp.clients.metadata import ClientMetadata
from idp.commands.clients import register_client
from idp.running.opening import open_server
from tests.actors.house import House
from tests.clients import npm
from tests.idp.tokens import app_key

pytestmark = pytest.mark.network
REDIRECT = "https://strict.example/callback"  # nothing answers there: its own browser stops before it
WAYS = {
    "plain",
    "pushed",
    "signed",
    "signed_and_pushed",
    "form_post",
    "signed_answer",
    "all_at_once",
    "level",
    "resource",
}


async def test_every_way_to_ask_and_to_be_answered(house: House, tmp_path: Path) -> None:
    packages = npm.packages("openid-client@6.8.9")
    key, client_id = app_key(), f"strict-{secrets.token_hex(4)}"
    metadata = ClientMetadata(
        name="Strict",
        redirect_uris=(REDIRECT,),
        auth_method="private_key_jwt",
        jwks=json.dumps({"keys": [key.as_dict(private=False)]}),
        request_object_signing_alg="ES256",
        authorization_signed_response_alg="ES256",
        optional_scopes=("skills",),
    )
    async with open_server(house.settings) as server:
        await register_client(server, client_id, metadata)
    her = await house.person()
    said = npm.run(
        "requests.mjs",
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
    assert said.keys() == WAYS
    assert len({claims["sub"] for claims in said.values()}) == 1
    assert said["level"]["acr"] == "urn:accord:acr:password"
