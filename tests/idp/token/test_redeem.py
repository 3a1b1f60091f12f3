"""authorization_code at the token endpoint: one success, and what each mistake gets."""

import json
from base64 import urlsafe_b64decode
from typing import Any

from tests.idp.support import World


def claims_of(jwt: str) -> dict[str, Any]:
    part = jwt.split(".")[1]
    return json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))


async def test_a_code_gives_what_was_granted(world: World) -> None:
    body = await world.tokens(scope=["skills"])
    assert body["token_type"] == "Bearer"
    assert body["scope"] == "openid profile skills offline_access"
    assert body["refresh_token"].startswith("rt_")
    access, id_token = claims_of(body["access_token"]), claims_of(body["id_token"])
    assert access["sub"] == id_token["sub"]
    assert id_token["nonce"] == "n-1"
    read = await world.read("/v1/me/skills", body["access_token"])
    assert read.status_code == 200
    assert len(read.json()["data"]) >= 8
    refused = await world.read("/v1/me/experiences", body["access_token"])
    assert refused.status_code == 403
    assert refused.json()["error"] == "insufficient_scope"
    assert "experiences" in refused.headers["www-authenticate"]
    assert len(await world.events("data.read")) == 1
