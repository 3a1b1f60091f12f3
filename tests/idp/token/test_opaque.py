"""Access tokens that say nothing: everywhere as good as the others, and nothing else changes."""

import pytest

from idp.token.text import OPAQUE, OWN_MARK, Mark, unverified_jti
from keys.signing import half_hash
from tests.idp.dpop.holder import Holder
from tests.idp.support import World, add_app
from tests.idp.tokens import altered, claims_of, refused


@pytest.fixture
async def opaque(world: World) -> World:
    """An app whose access tokens are opaque."""
    client = await add_app(world.server, "opaque", "opaque-secret", access_token_format="opaque")  # a format
    return world.of(client, "opaque-secret")


async def test_from_the_code_to_a_read(opaque: World) -> None:
    body = await opaque.tokens()
    token = body["access_token"]
    assert token.startswith(OPAQUE)
    assert len(token) < 100
    assert claims_of(body["id_token"])["at_hash"] == half_hash(token, "ES256")
    assert (await opaque.read("/v1/me/skills", token)).status_code == 200
    assert (await opaque.read("/userinfo", token)).json()["sub"] == claims_of(body["id_token"])["sub"]
    again = (await opaque.refresh(body["refresh_token"])).json()
    assert again["access_token"].startswith(OPAQUE)
    assert claims_of(again["id_token"])["at_hash"] == half_hash(again["access_token"], "ES256")
    assert len(await opaque.events("code.redeemed")) == 1


async def test_introspection_tells_what_a_jwt_would_say(opaque: World) -> None:
    token = (await opaque.tokens())["access_token"]
    said = (await opaque.post("/introspect", {"token": token})).json()
    assert (said["active"], said["client_id"], said["jti"]) == (True, "opaque", unverified_jti(token))
    assert (await opaque.post("/revoke", {"token": token})).status_code == 200
    assert (await opaque.post("/introspect", {"token": token})).json() == {"active": False}
    assert (await opaque.read("/v1/me", token)).status_code == 401


async def test_an_app_on_its_own_has_one_too(opaque: World) -> None:
    body = (await opaque.post("/token", {"grant_type": "client_credentials"})).json()
    assert body["access_token"].startswith(OPAQUE)
    assert (await opaque.post("/introspect", {"token": body["access_token"]})).json()["active"] is True


async def test_it_may_be_bound_to_a_key(opaque: World) -> None:
    holder = await Holder(opaque).learn()
    token = (await holder.tokens())["access_token"]
    assert token.startswith(OPAQUE)
    assert (await holder.read("/v1/me", token)).status_code == 200
    assert (await opaque.read("/v1/me", token)).status_code == 401


async def test_no_other_text_opens_its_row(world: World, opaque: World) -> None:
    token = (await opaque.tokens())["access_token"]
    row = unverified_jti(token)
    jwt = (await world.tokens())["access_token"]
    for wrong in (
        altered(token, -1),
        token + "A",
        token[:-1],
        f"at_{row}",
        f"at_{row}.",
        token.replace(OPAQUE, "pc_"),
        token.replace(OPAQUE, ""),
        f"{OPAQUE}{unverified_jti(jwt)}.{jwt.rpartition('.')[2]}",
    ):
        assert (await opaque.read("/v1/me", wrong)).status_code == 401
        assert (await opaque.post("/introspect", {"token": wrong})).json() == {"active": False}


def test_marks_are_strangers_to_one_another():
    row = "0" * 31 + "1"
    assert unverified_jti(f"{OPAQUE}{row}.x") == row
    assert unverified_jti(f"{OPAQUE}{row}.x", Mark(b"pc_", 0)) is None
    assert unverified_jti(f"pc_{row}.x") is None
    assert unverified_jti(f"{OPAQUE}\u00e9{row}.x", OWN_MARK) is None
    assert unverified_jti(OPAQUE) is None


async def test_the_format_is_read_where_the_token_is_made(opaque: World) -> None:
    refused(await opaque.redeem("at_" + "0" * 32 + "." + "A" * 43), "invalid_grant")
    refused(await opaque.refresh("at_" + "0" * 32 + "." + "A" * 43), "invalid_grant")
