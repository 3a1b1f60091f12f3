"""Somebody who was backed up, and erased since."""

from pathlib import Path

import orjson
import pytest

from foundation.clock import MINUTE, FrozenClock
from foundation.settings import Settings
from idp.backup.making import make_backup
from idp.rights.replaying import see_through
from tests.idp.backup.support import serving, unwatched
from tests.idp.receipts.papers import paper, seal_log
from tests.idp.rights.scenes import erase, lived_in
from tests.idp.support import World, add_app


@pytest.fixture
def postgres_url(fresh_postgres_url: str) -> str:
    return fresh_postgres_url


@pytest.fixture
async def erased(settings: Settings, clock: FrozenClock, tmp_path: Path, quick_keys: None) -> World:
    """She was backed up, then erased; the server is down."""
    async with serving(settings, clock) as world:
        await lived_in(world)
        await world.server.sequencer.advance(sign_now=True)
        await make_backup(world.server, tmp_path / "backup", unwatched)
        await world.grant(await add_app(world.server, "later", "later-secret"))  # in no backup
        await seal_log(world)
        (tmp_path / "receipt.json").write_bytes(orjson.dumps(await paper(world)))
        gone = await erase(world)
        assert gone is not None
        assert await see_through(world.server, world.person_id, gone, clock.now())
    clock.advance(MINUTE)
    return world
