"""The root secret: made once, the same for every node, and opened by its own master key alone."""

import asyncio

import pytest

from foundation.clock import FrozenClock
from foundation.database import Database
from foundation.errors import SettingsError
from keys.secrets import ServerSecrets, has_secrets, load_secrets

MASTER = b"m" * 32


async def load(db: Database, clock: FrozenClock, master: bytes = MASTER) -> ServerSecrets:
    async with db.transaction() as tx:
        return await load_secrets(tx, master, clock.now())


async def test_a_first_start_makes_them_and_every_later_one_finds_them(
    db: Database, clock: FrozenClock
) -> None:
    async with db.reading() as tx:
        assert not await has_secrets(tx)
    made = await load(db, clock)
    async with db.reading() as tx:
        assert await has_secrets(tx)
    assert await load(db, clock) == made


async def test_another_master_key_is_refused_with_a_sentence(db: Database, clock: FrozenClock) -> None:
    await load(db, clock)
    with pytest.raises(SettingsError, match="is not the key that sealed this database"):
        await load(db, clock, b"x" * 32)
    assert await load(db, clock) == await load(db, clock)  # and nothing was overwritten


async def test_nodes_that_start_together_have_one_secret(db: Database, clock: FrozenClock) -> None:
    loaded = await asyncio.gather(*(load(db, clock) for _ in range(8)))
    assert len({secrets.token_hash for secrets in loaded}) == 1


async def test_two_databases_have_two_secrets(db: Database, clock: FrozenClock) -> None:
    made = await load(db, clock)
    assert ServerSecrets.from_root(MASTER) != made
