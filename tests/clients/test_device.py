"""openid-client (npm) on a screen: a code shown, an answer elsewhere, tokens; by a bearer and by a key."""

from pathlib import Path

import pytest

from idp.polling.kinds import DEVICE
from tests.actors.house import House
from tests.clients import npm

pytestmark = pytest.mark.network


async def test_a_screen_waits_for_an_answer_given_elsewhere(house: House, tmp_path: Path) -> None:
    packages = npm.packages("openid-client@6.8.9")
    her = await house.person()
    said = await npm.run_as_keyed_app(
        house,
        "device.mjs",
        packages,
        tmp_path,
        told={"email": her.email, "password": her.password},
        name="Screen",
        grant_types=(DEVICE.grant_type,),
    )
    assert said["refused"] == {"error": "access_denied"}
    assert [said[way]["type"].lower() for way in ("plain", "dpop")] == ["bearer", "dpop"]
    assert [said[way]["read"] for way in ("plain", "dpop")] == [200, 200]
    assert said["plain"]["claims"]["sub"] == said["dpop"]["claims"]["sub"]
