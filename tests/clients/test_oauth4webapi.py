"""oauth4webapi (npm) in the ways that its quickstart leaves out: signed both ways, a screen, a phone."""

from pathlib import Path

import pytest

from idp.ciba.registering import GRANT_TYPE as CIBA
from idp.polling.kinds import DEVICE
from tests.actors.house import House
from tests.clients import npm

pytestmark = pytest.mark.network
REDIRECT = "https://strict.example/callback"  # nothing answers there: its own browser stops before it


async def test_signed_requests_and_answers_a_screen_and_a_phone(house: House, tmp_path: Path) -> None:
    packages = npm.packages("oauth4webapi@3.8.8", "jose@6.2.17")
    her = await house.person()
    said = await npm.run_as_keyed_app(
        house,
        "oauth.mjs",
        packages,
        tmp_path,
        told={"email": her.email, "password": her.password},
        name="OAuth",
        redirect_uris=(REDIRECT,),
        grant_types=("authorization_code", DEVICE.grant_type, CIBA),
        require_signed_request_object=True,
        authorization_signed_response_alg="ES256",
    )
    assert said.keys() == {"signed", "screen", "phone"}
    assert [one["read"] for one in said.values()] == [200, 200, 200]
    assert len({one["sub"] for one in said.values()}) == 1
