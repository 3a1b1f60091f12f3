"""What happens before an erasure, and the erasure itself, as a program would ask for it."""

from typing import Any

from idp.rights.erasure import Erased, Eraser, Order, finish
from tests.idp.support import World


async def erase(world: World, *, by: Any = "self") -> Erased | None:
    eraser = Eraser(world.server, world.decisions())
    async with world.server.db.transaction() as tx:
        erased = await eraser.erase(tx, Order(world.person_id, by, world.clock.now(), "t" * 32))
    async with world.server.db.transaction() as tx:
        await finish(world.server, tx, world.person_id)
    return erased


async def lived_in(world: World) -> dict[str, Any]:
    """She shared, was read from, took one back, and shares again."""
    first = await world.grant()
    await world.revoke(first.standing.grant_id)
    world.clock.advance(1000)
    tokens = await world.tokens(hide=["skills:s02"])
    assert (await world.read("/v1/me/skills", tokens["access_token"])).status_code == 200
    return tokens
