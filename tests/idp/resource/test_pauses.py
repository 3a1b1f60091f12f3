"""A paused grant opens nothing, and its tokens are worth keeping: they open again when it goes on."""

from consent.grants import find_standing
from foundation.clock import DAY
from tests.idp.support import World
from tests.idp.tokens import refused


async def pause(world: World, reason: str = "person") -> None:
    async with world.server.db.transaction() as tx:
        standing = await find_standing(tx, world.person_id, world.client.id)
        assert standing is not None
        act = world.act(world.client)
        assert await world.decisions().pause(tx, standing.grant_id, reason, act) is not None  # type: ignore[arg-type]  # one of them
        assert await world.decisions().pause(tx, standing.grant_id, "unused", act) is None


async def resume(world: World) -> None:
    async with world.server.db.transaction() as tx:
        standing = await find_standing(tx, world.person_id, world.client.id)
        assert standing is not None
        act = world.act(world.client)
        assert await world.decisions().resume(tx, standing.grant_id, act) is not None
        assert await world.decisions().resume(tx, standing.grant_id, act) is None


async def test_nothing_is_read_meanwhile_and_all_of_it_afterwards(world: World) -> None:
    body = await world.tokens()
    await pause(world)
    for path in ("/v1/me", "/v1/me/skills", "/userinfo"):
        refused(await world.read(path, body["access_token"]), "consent_paused", 403)
    assert await world.events("data.read") == []
    await resume(world)
    for path in ("/v1/me", "/v1/me/skills", "/userinfo"):
        assert (await world.read(path, body["access_token"])).status_code == 200


async def test_only_who_holds_the_token_learns_of_the_pause(world: World) -> None:
    token = (await world.tokens())["access_token"]
    await pause(world)
    head, payload, _ = token.split(".")
    forged = f"{head}.{payload}.{'A' * 86}"
    refused(await world.read("/v1/me", forged), "invalid_token", 401)


async def test_tokens_are_renewed_and_open_nothing(world: World) -> None:
    body = await world.tokens()
    await pause(world)
    renewed = (await world.refresh(body["refresh_token"])).json()
    refused(await world.read("/v1/me/skills", renewed["access_token"]), "consent_paused", 403)
    shown = (await world.post("/introspect", {"token": renewed["access_token"]})).json()
    assert shown == {"active": False}
    assert (await world.post("/introspect", {"token": renewed["refresh_token"]})).json()["active"] is True
    await resume(world)
    assert (await world.read("/v1/me/skills", renewed["access_token"])).status_code == 200
    assert (await world.post("/introspect", {"token": renewed["access_token"]})).json()["active"] is True


async def test_a_code_from_before_the_pause_gives_tokens_that_open_nothing(world: World) -> None:
    await world.grant()
    code = await world.code()
    await pause(world)
    body = (await world.redeem(code)).json()
    refused(await world.read("/v1/me/skills", body["access_token"]), "consent_paused", 403)


async def test_a_pause_does_not_move_the_term(world: World) -> None:
    body = await world.tokens(duration=["30d"])
    await pause(world, "unused")
    world.clock.advance(30 * DAY)
    refused(await world.read("/v1/me", body["access_token"]), "invalid_token", 401)
    refused(await world.refresh(body["refresh_token"]), "invalid_grant")


async def test_revoking_ends_what_rests(world: World) -> None:
    decided = await world.grant()
    token = (await world.redeem(await world.code())).json()["access_token"]
    await pause(world)
    await world.revoke(decided.standing.grant_id)
    refused(await world.read("/v1/me", token), "invalid_token", 401)


async def test_both_are_told(world: World) -> None:
    decided = await world.grant()
    await pause(world, "reconfirmation")
    await resume(world)
    [paused] = await world.events("consent.paused")
    assert paused["facts"]["reason"] == "reconfirmation"
    assert (paused["grant"], paused["revision"]) == (decided.standing.grant_id, 2)
    [resumed] = await world.events("consent.resumed")
    assert resumed["revision"] == 3
    assert (resumed["facts"]["added"], resumed["facts"]["removed"]) == ("", "")
