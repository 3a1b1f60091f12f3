"""openid-client (npm) asks somebody who answers on her own phone (CIBA): bearer, key, and refused."""

from pathlib import Path

import pytest

from idp.ciba.registering import GRANT_TYPE
from tests.actors.house import House
from tests.clients import npm

pytestmark = pytest.mark.network


async def test_somebody_answers_on_her_own_phone(house: House, tmp_path: Path) -> None:
    packages = npm.packages("openid-client@6.8.9")
    her, other = await house.person(), await house.person()
    said = await npm.run_as_keyed_app(
        house,
        "backchannel.mjs",
        packages,
        tmp_path,
        told={"email": her.email, "other": other.email, "password": her.password},
        name="Adviser",
        grant_types=(GRANT_TYPE,),
    )
    assert said["refused"] == {"error": "access_denied"}
    assert [said[way]["type"].lower() for way in ("plain", "dpop")] == ["bearer", "dpop"]
    assert [said[way]["read"] for way in ("plain", "dpop")] == [200, 200]
    assert said["plain"]["named"]
    assert said["plain"]["sub"] == said["dpop"]["sub"]
