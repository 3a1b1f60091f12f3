"""`kill -9` at the steps of an erasure: she is there whole, or gone whole; and asking again finishes it."""

import asyncio
import sys

from idp.rights.replaying import erase_again
from tests.idp.rights.remains import rows
from tests.idp.rights.scenes import erase, lived_in
from tests.idp.support import World

BEYOND = 1000


async def dies_at(world: World, statement: int) -> None:
    settings = world.server.settings
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.idp.rights.killed",
        settings.storage_url, str(settings.data_dir), world.person_id,
        str(world.clock.now()), str(statement),
    )  # fmt: skip
    assert await program.wait() == -9


async def test_all_or_nothing_at_every_step(world: World) -> None:
    token = (await lived_in(world))["access_token"]
    before = await rows(world.server.db)
    for statement in (3, 16, 28):
        await dies_at(world, statement)
        assert await rows(world.server.db) == before, statement
    assert (await world.read("/v1/me", token)).status_code == 200
    await dies_at(world, BEYOND)
    await erase_again(world.server)  # as the next start does
    left = await rows(world.server.db)
    assert left["account"] == left["person_key"] == left["profile_dataset"] == left["line"] == []
    assert len(left["erasure"]) == 1
    assert (await world.read("/v1/me", token)).status_code == 401
    assert await erase(world) is None
