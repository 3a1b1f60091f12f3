"""« Une fois » : one redemption, no refresh token, and everything ends with the access token."""

import asyncio

from consent.coverage import Ask, covers
from consent.grants import find_grant, find_standing
from foundation.clock import MINUTE, SECOND
from idp.authorize.request import AuthorizeRequest
from idp.authorize.sharing import sharing_request
from tests.idp.support import REDIRECT, SCOPES, World
from tests.idp.token.test_races import nodes as nodes  # noqa: PLC0414  # a fixture
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


async def test_two_codes_of_one_once_are_one_redemption(world: World) -> None:
    """Accepted in two windows: the second answer replaced the first, and whichever comes first uses it."""
    await world.grant(duration=["once"])
    first = await world.code()
    await world.grant(duration=["once"])
    second = await world.code()
    body = (await world.redeem(first)).json()
    refused(await world.redeem(second), "invalid_grant")
    assert (await world.read("/v1/me/skills", body["access_token"])).status_code == 200


async def test_of_64_redemptions_by_eight_codes_one_succeeds(nodes: list[World]) -> None:
    world = nodes[0]
    await world.grant(duration=["once"])
    codes = [await world.code() for _ in range(8)]
    # Each code a few times at once, and never after it was spent: a replay would end its line.
    answers = await asyncio.gather(
        *(nodes[number % len(nodes)].redeem(codes[number % 8]) for number in range(64))
    )
    assert sum(answer.status_code == 200 for answer in answers) == 1
    assert len(await world.events("code.redeemed")) == 1


async def test_narrowing_or_pausing_what_was_used_is_no_second_use(world: World) -> None:
    decided = await world.grant(duration=["once"])
    codes = [await world.code() for _ in range(2)]
    await world.redeem(codes[0])
    await world.revoke_scope(decided.standing.grant_id, "skills")
    refused(await world.redeem(codes[1]), "invalid_grant")


async def test_a_long_permission_that_becomes_once_is_redeemed_as_once(world: World) -> None:
    await world.grant(duration=["180d"])
    before = await world.code()
    await world.grant(duration=["once"])
    body = (await world.redeem(before)).json()
    assert "refresh_token" not in body
    refused(await world.redeem(await world.code()), "invalid_grant")


async def test_the_next_sign_in_asks_while_the_first_still_lasts(world: World) -> None:
    await world.grant(duration=["once"])
    await world.redeem(await world.code())
    async with world.server.db.reading() as tx:
        standing = await find_standing(tx, world.person_id, world.client.id)
    asked = sharing_request(
        AuthorizeRequest(client_id=world.client.id, redirect_uri=REDIRECT, scope=SCOPES), world.client
    )
    again = covers(standing, asked, world.clock.now())
    assert isinstance(again, Ask)
    assert again.why == "ended"
    assert again.whole
