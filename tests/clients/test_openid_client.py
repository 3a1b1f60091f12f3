"""openid-client (npm), the strictest client there is: each way to ask and to be answered that we announce."""

from pathlib import Path

import pytest

from tests.actors.house import House
from tests.clients import npm

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
    her = await house.person()
    said = await npm.run_as_keyed_app(
        house,
        "requests.mjs",
        packages,
        tmp_path,
        told={"email": her.email, "password": her.password},
        name="Strict",
        redirect_uris=(REDIRECT,),
        request_object_signing_alg="ES256",
        authorization_signed_response_alg="ES256",
    )
    assert said.keys() == WAYS
    assert len({claims["sub"] for claims in said.values()}) == 1
    assert said["level"]["acr"] == "urn:accord:acr:password"
