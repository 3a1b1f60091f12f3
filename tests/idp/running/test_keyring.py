"""A rotation and its events are one; every node follows; tokens of before go on."""

import asyncio

from foundation.clock import DAY
from idp.running.keyring import follow_keys, rotate_keys
from keys.lifecycle import KeyState, state_of
from keys.rotation import Slot, TooSoon
from tests.idp.support import World
from tests.idp.tokens import header_of

TOKEN = Slot("token", "ES256")


async def rotate(world: World, *, insist: bool = False) -> list[str]:
    changes = await rotate_keys(world.server, TOKEN, insist=insist)
    return ["too soon"] if isinstance(changes, TooSoon) else [change.state for change in changes]


async def test_a_rotation_is_told_to_the_ledger(world: World) -> None:
    world.clock.advance(DAY)
    old = world.server.ring.signer(*TOKEN).kid
    assert await rotate(world) == ["activated", "retired", "staged"]
    [retired] = await world.events("key.retired")
    assert retired["facts"] == {"kid": old, "purpose": "token", "alg": "ES256"}
    activated, staged = (await world.events("key.activated"))[-1], (await world.events("key.staged"))[-1]
    assert activated["facts"]["kid"] != staged["facts"]["kid"]


async def test_a_rotation_too_soon_is_no_event(world: World) -> None:
    assert await rotate(world) == ["activated", "retired", "staged"]
    told = [len(await world.events(f"key.{state}")) for state in ("staged", "activated", "retired")]
    assert await rotate(world) == ["too soon"]
    assert told == [len(await world.events(f"key.{state}")) for state in ("staged", "activated", "retired")]
    assert await rotate(world, insist=True) == ["activated", "retired", "staged"]
    assert len(await world.events("key.retired")) == 2


async def test_operators_who_rotate_at_once_make_one_rotation(world: World) -> None:
    """Those who saw the same key make one; whoever looked after it is told to wait."""
    made = await asyncio.gather(*(rotate(world) for _ in range(6)))
    assert sum("staged" in changes for changes in made) == 1


async def test_operators_who_insist_at_once_leave_one_key_that_signs(world: World) -> None:
    """Those who saw the same key make one rotation; whoever looked after it makes another."""
    made = await asyncio.gather(*(rotate(world, insist=True) for _ in range(6)))
    rotations = sum(1 for changes in made if changes)
    assert rotations >= 1
    assert len(await world.events("key.retired")) == rotations
    await follow_keys(world.server)
    states = [
        state_of(row, world.clock.now())
        for row in world.server.ring.rows()
        if (row.purpose, row.alg) == TOKEN
    ]
    assert (states.count(KeyState.ACTIVE), states.count(KeyState.STAGED)) == (1, 1)
    assert states.count(KeyState.RETIRED) == rotations


async def test_tokens_of_before_go_on_and_new_ones_use_the_new_key(world: World) -> None:
    before = await world.tokens()
    published = {key["kid"] for key in (await world.http.get("/jwks")).json()["keys"]}
    await rotate(world)
    still = (await world.redeem(await world.code())).json()
    kid = header_of(before["access_token"])["kid"]
    assert header_of(still["access_token"])["kid"] == kid  # until the ring looks
    await follow_keys(world.server)
    after = (await world.redeem(await world.code())).json()
    assert header_of(after["access_token"])["kid"] != kid
    assert header_of(after["access_token"])["kid"] in published
    now_published = {key["kid"] for key in (await world.http.get("/jwks")).json()["keys"]}
    assert published < now_published
    for body in (before, still, after):
        assert (await world.read("/v1/me", body["access_token"])).status_code == 200
        assert header_of(body["id_token"])["kid"] in now_published
