"""Introspection (RFC 7662): what a token of the asking app is worth now, and nothing of anyone else's."""

from typing import Any

from foundation.clock import DAY, SECOND, to_seconds
from tests.idp.support import ISSUER, World, add_app
from tests.idp.tokens import altered, claims_of, refused

DEAD = {"active": False}


async def shown(world: World, token: str) -> dict[str, Any]:
    answer = await world.post("/introspect", {"token": token})
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    body: dict[str, Any] = answer.json()
    return body


async def test_a_live_access_token_is_described(world: World) -> None:
    decided = await world.grant()
    body = (await world.redeem(await world.code())).json()
    claims, now = claims_of(body["access_token"]), to_seconds(world.clock.now())
    assert await shown(world, body["access_token"]) == {
        "active": True,
        "iss": ISSUER,
        "client_id": "app",
        "sub": claims["sub"],
        "token_type": "Bearer",
        "aud": f"{ISSUER}/v1",
        "scope": body["scope"],
        "jti": claims["jti"],
        "iat": now,
        "exp": now + 600,
        "grant_id": decided.standing.grant_id,
        "grant_revision": 1,
        "auth_time": now,
    }


async def test_a_live_refresh_token_lives_as_long_as_its_grant(world: World) -> None:
    decided = await world.grant(duration=["180d"])
    body = (await world.redeem(await world.code())).json()
    answer = await shown(world, body["refresh_token"])
    assert answer["active"] is True
    assert answer["exp"] == to_seconds(world.clock.now() + 180 * DAY)
    assert answer["scope"] == body["scope"]
    assert answer["grant_id"] == decided.standing.grant_id
    assert "token_type" not in answer  # only access tokens have one (RFC 6749 section 7.1)


async def test_only_the_newest_refresh_token_is_live(world: World) -> None:
    first = await world.tokens()
    second = (await world.refresh(first["refresh_token"])).json()
    assert await shown(world, first["refresh_token"]) == DEAD
    assert (await shown(world, second["refresh_token"]))["active"] is True
    # Looking is not using: the retry that the grace allows still works.
    assert (await world.refresh(first["refresh_token"])).status_code == 200


async def test_an_access_token_dies_on_time(world: World) -> None:
    body = await world.tokens()
    world.clock.advance(600 * SECOND - 1)
    assert (await shown(world, body["access_token"]))["active"] is True
    world.clock.advance(1)
    assert await shown(world, body["access_token"]) == DEAD
    assert (await shown(world, body["refresh_token"]))["active"] is True


async def test_all_are_dead_after_the_grant_ended(world: World) -> None:
    for ending in ("withdrawn", "over", "erased"):
        decided = await world.grant()
        body = (await world.redeem(await world.code())).json()
        if ending == "withdrawn":
            await world.revoke(decided.standing.grant_id)
        elif ending == "over":
            world.clock.advance(30 * DAY)
        else:
            async with world.server.db.transaction() as tx:
                await world.server.people.destroy(tx, world.person_id)
        assert await shown(world, body["access_token"]) == DEAD, ending
        assert await shown(world, body["refresh_token"]) == DEAD, ending


async def test_a_scope_withdrawn_since_is_not_shown(world: World) -> None:
    decided = await world.grant()
    body = (await world.redeem(await world.code())).json()
    await world.revoke_scope(decided.standing.grant_id, "skills")
    for kind in ("access_token", "refresh_token"):
        answer = await shown(world, body[kind])
        assert "skills" not in answer["scope"].split()
        assert answer["grant_revision"] == 2


async def test_another_apps_token_is_dead_to_me(world: World) -> None:
    other = world.of(await add_app(world.server, "other", "s"), "s")
    body = await world.tokens()
    assert await shown(other, body["access_token"]) == DEAD
    assert await shown(other, body["refresh_token"]) == DEAD


async def test_what_is_no_token_of_ours_is_dead(world: World) -> None:
    body = await world.tokens()
    access, refresh = body["access_token"], body["refresh_token"]
    head, payload, signature = access.split(".")
    for token in (
        access[:-1],
        access[:-4],
        access + "=",
        access + "A",
        " " + access,
        altered(access, 3),
        altered(access, -1),
        altered(access, len(head) + 30),
        f"{head}.{payload}.",
        f"{head}.{payload}==.{signature}",
        f".{payload}.",
        f"{head}.{payload}.{signature}.",
        f"{head}.{payload}",
        refresh[:-1],
        refresh + "=",
        altered(refresh, 10),
        body["id_token"],
        await world.code(),
        "unknown",
        "..",
        "a.W10.c",
        "a.bnVsbA.c",
        "x" * 60_000,
    ):
        assert await shown(world, token) == DEAD, token[:200]
    assert (await shown(world, access))["active"] is True


async def test_a_public_app_is_refused(world: World) -> None:
    grants = ("authorization_code", "refresh_token")
    public = world.of(await add_app(world.server, "public", None, auth_method="none", grant_types=grants), "")
    await public.grant(public.client)
    body = (await public.redeem(await public.code(public.client))).json()
    refused(await public.post("/introspect", {"token": body["access_token"]}), "invalid_client", 401)


async def test_who_asks_must_prove_it_and_say_about_what(world: World) -> None:
    body = await world.tokens()
    wrong = await world.post("/introspect", {"token": body["access_token"]}, auth=("app", "wrong"))
    refused(wrong, "invalid_client", 401)
    refused(await world.post("/introspect", {"token": ""}), "invalid_request")
