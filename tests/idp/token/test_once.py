"""« Une fois » : one redemption, no refresh token, and everything ends with the access token."""

from consent.grants import find_grant
from foundation.clock import MINUTE, SECOND
from tests.idp.support import World
from tests.idp.tokens import refused


async def test_once_gives_an_access_token_and_no_refresh_token(world: World) -> None:
    body = await world.tokens(duration=["once"])
    assert "refresh_token" not in body
    assert "offline_access" not in body["scope"]
    assert (await world.read("/v1/me/skills", body["access_token"])).status_code == 200


async def test_once_ends_with_its_access_token(world: World) -> None:
    decided = await world.grant(duration=["once"])
    body = (await world.redeem(await world.code())).json()
    world.clock.advance(body["expires_in"] * SECOND)
    assert (await world.read("/v1/me/skills", body["access_token"])).status_code == 401
    async with world.server.db.reading() as tx:
        row = await find_grant(tx, world.person_id, decided.standing.grant_id)
    assert row is not None
    assert not row.lives(world.clock.now())
    assert row.redeemed_at is not None


async def test_once_waits_ten_minutes_for_its_app_and_no_longer(world: World) -> None:
    await world.grant(duration=["once"])
    world.clock.advance(10 * MINUTE - 30 * SECOND)
    body = (await world.redeem(await world.code())).json()
    assert body["expires_in"] == 30
    world.clock.advance(10 * MINUTE)
    refused(await world.redeem("ac_" + "0" * 32 + "." + "A" * 43), "invalid_grant")


async def test_what_became_once_refreshes_no_more(world: World) -> None:
    """A long permission that she replaces by « une fois »: the refresh tokens of before are dead."""
    before = await world.tokens(duration=["180d"])
    await world.grant(duration=["once"])
    refused(await world.refresh(before["refresh_token"]), "invalid_grant")
    shown = await world.post("/introspect", {"token": before["refresh_token"]})
    assert shown.json() == {"active": False}
