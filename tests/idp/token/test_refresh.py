"""refresh_token: one derived successor, a grace for lost answers, death for reuse."""

import pytest

from foundation.clock import SECOND
from idp.clients.registry import suspend_client
from tests.idp.support import World, add_app
from tests.idp.tokens import altered, claims_of, refused

PUBLIC = {"auth_method": "none", "grant_types": ("authorization_code", "refresh_token")}


@pytest.fixture
async def public(world: World) -> World:
    return world.of(await add_app(world.server, "public", None, **PUBLIC), "")


async def dead(world: World, access_token: str) -> bool:
    return (await world.read("/v1/me", access_token)).status_code == 401


async def test_a_refresh_gives_a_successor_and_a_new_access_token(world: World) -> None:
    first = await world.tokens()
    second = (await world.refresh(first["refresh_token"])).json()
    world.clock.advance(SECOND)
    assert second["refresh_token"] != first["refresh_token"]
    assert second["access_token"] != first["access_token"]
    assert second["scope"] == first["scope"]
    third = (await world.refresh(second["refresh_token"])).json()
    assert len({first["refresh_token"], second["refresh_token"], third["refresh_token"]}) == 3
    events = await world.events("token.refreshed")
    assert [event["facts"]["generation"] for event in events] == [2, 3]
    assert [event["facts"]["retry"] for event in events] == [False, False]


async def test_a_refreshed_id_token_keeps_the_person_and_drops_the_nonce(world: World) -> None:
    first = await world.tokens()
    world.clock.advance(40 * SECOND)
    before = claims_of(first["id_token"])
    after = claims_of((await world.refresh(first["refresh_token"])).json()["id_token"])
    assert "nonce" not in after
    for same in ("iss", "sub", "aud", "auth_time", "sid"):
        assert after[same] == before[same]
    assert after["iat"] == before["iat"] + 40


async def test_a_lost_answer_is_given_again_within_the_grace(world: World) -> None:
    first = await world.tokens()
    second = (await world.refresh(first["refresh_token"])).json()
    world.clock.advance(world.server.settings.refresh_grace_seconds * SECOND)
    again = (await world.refresh(first["refresh_token"])).json()
    assert again["refresh_token"] == second["refresh_token"]
    assert again["access_token"] != second["access_token"]
    assert (await world.events("token.refreshed"))[-1]["facts"]["retry"] is True
    # The retry did not move the window: it began when the line moved.
    world.clock.advance(1)
    refused(await world.refresh(first["refresh_token"]), "invalid_grant")
    assert await dead(world, second["access_token"])


async def test_reuse_after_the_grace_kills_the_line(world: World) -> None:
    first = await world.tokens()
    second = (await world.refresh(first["refresh_token"])).json()
    world.clock.advance(world.server.settings.refresh_grace_seconds * SECOND + 1)
    refused(await world.refresh(first["refresh_token"]), "invalid_grant")
    assert await dead(world, first["access_token"])
    assert await dead(world, second["access_token"])
    refused(await world.refresh(second["refresh_token"]), "invalid_grant")
    [reused] = await world.events("token.reused")
    assert (reused["outcome"], reused["facts"]["generation"]) == ("refused", 1)


async def test_reuse_once_the_successor_was_used_kills_the_line_at_once(world: World) -> None:
    first = await world.tokens()
    second = (await world.refresh(first["refresh_token"])).json()
    third = (await world.refresh(second["refresh_token"])).json()
    refused(await world.refresh(first["refresh_token"]), "invalid_grant")
    assert await dead(world, third["access_token"])
    refused(await world.refresh(third["refresh_token"]), "invalid_grant")


async def test_reuse_of_one_line_leaves_the_persons_other_sign_ins_alone(world: World) -> None:
    phone = await world.tokens()
    laptop = (await world.redeem(await world.code())).json()
    await world.refresh(phone["refresh_token"])
    world.clock.advance(60 * SECOND)
    refused(await world.refresh(phone["refresh_token"]), "invalid_grant")
    assert not await dead(world, laptop["access_token"])
    assert (await world.refresh(laptop["refresh_token"])).status_code == 200


async def test_a_public_app_has_no_grace(public: World) -> None:
    await public.grant(public.client)
    first = (await public.redeem(await public.code(public.client))).json()
    second = (await public.refresh(first["refresh_token"])).json()
    refused(await public.refresh(first["refresh_token"]), "invalid_grant")
    assert await dead(public, second["access_token"])


async def test_scope_may_be_narrowed_for_one_token_and_never_widened(world: World) -> None:
    first = await world.tokens(scope=["skills", "email"])
    narrowed = (await world.refresh(first["refresh_token"], scope="openid  skills skills")).json()
    assert narrowed["scope"] == "openid skills"
    assert claims_of(narrowed["access_token"])["scope"] == "openid skills"
    # The line keeps its scope: the next one may have all of it again.
    whole = (await world.refresh(narrowed["refresh_token"])).json()
    assert whole["scope"] == first["scope"]
    for wider in ("openid experiences", "openid skills nonsense", "openid\u2003experiences", "languages"):
        refused(await world.refresh(whole["refresh_token"], scope=wider), "invalid_scope")
    # A refusal spends nothing.
    assert (await world.refresh(whole["refresh_token"])).status_code == 200


async def test_without_openid_there_is_no_id_token(world: World) -> None:
    first = await world.tokens()
    assert "id_token" not in (await world.refresh(first["refresh_token"], scope="skills")).json()


async def test_a_scope_withdrawn_since_is_gone_from_the_next_token(world: World) -> None:
    decided = await world.grant()
    first = (await world.redeem(await world.code())).json()
    await world.revoke_scope(decided.standing.grant_id, "skills")
    second = (await world.refresh(first["refresh_token"])).json()
    assert "skills" not in second["scope"].split()
    refused(await world.refresh(second["refresh_token"], scope="openid skills"), "invalid_scope")


async def test_nothing_is_refreshed_after_the_grant_was_withdrawn(world: World) -> None:
    decided = await world.grant()
    body = (await world.redeem(await world.code())).json()
    await world.revoke(decided.standing.grant_id)
    refused(await world.refresh(body["refresh_token"]), "invalid_grant")


async def test_nothing_is_refreshed_after_the_line_was_given_back(world: World) -> None:
    body = await world.tokens()
    assert (await world.post("/revoke", {"token": body["access_token"]})).status_code == 200
    refused(await world.refresh(body["refresh_token"]), "invalid_grant")


async def test_another_apps_refresh_token_opens_nothing_and_stays_good(world: World) -> None:
    other = world.of(await add_app(world.server, "other", "other-secret"), "other-secret")
    body = await world.tokens()
    refused(await other.refresh(body["refresh_token"]), "invalid_grant")
    assert (await world.refresh(body["refresh_token"])).status_code == 200


async def test_a_refresh_token_that_we_did_not_make_opens_nothing(world: World) -> None:
    body = await world.tokens()
    token = body["refresh_token"]
    line = token.split(".", maxsplit=1)[0]
    forged = [
        altered(token, 4),
        altered(token, -1),
        token + "A",
        token[:-1],
        token.replace(".1.", ".2."),
        token.replace(".1.", ".01."),
        token.replace(".1.", ".999999999999999999."),
        token.replace(".1.", ".-1."),
        f"{line}.1.{'A' * 43}",
        "rt_",
        "x" * 9000,
        body["access_token"],
        body["id_token"],
    ]
    for one in forged:
        refused(await world.refresh(one), "invalid_grant")
    # Whoever forges ends nothing.
    assert (await world.refresh(token)).status_code == 200
    refused(await world.post("/token", {"grant_type": "refresh_token"}), "invalid_request")


async def test_a_suspended_app_refreshes_nothing(world: World) -> None:
    body = await world.tokens()
    async with world.server.db.transaction() as tx:
        await suspend_client(tx, world.client.id, world.clock.now())
    refused(await world.refresh(body["refresh_token"]), "invalid_client", 401)
