"""Another master key: root and vault are sealed under it together, and nothing else changes."""

import asyncio

import pytest

from foundation.clock import FrozenClock
from foundation.database import Database
from foundation.errors import SettingsError
from keys.evidence import open_vault, reseal_vault, take_key
from keys.master import WrongMasterKeyError
from keys.secrets import load_secrets, reseal_root

OLD, NEW, OTHER = b"o" * 32, b"n" * 32, b"x" * 32


async def reseal(db: Database, old: bytes, new: bytes) -> bool:
    async with db.transaction() as tx:
        if not await reseal_root(tx, old, new):
            return False
        await reseal_vault(tx, old, new, 1)
        return True


@pytest.mark.parametrize("evidence", [True, False], ids=["after an erasure", "before any"])
async def test_the_new_key_opens_all_and_the_old_one_nothing(
    db: Database, clock: FrozenClock, evidence: bool
) -> None:
    async with db.transaction() as tx:
        secrets = await load_secrets(tx, OLD, clock.now())
        if evidence:
            key = await (await open_vault(tx, OLD, 1)).new_key(tx, "a", 100)
    assert await reseal(db, OLD, NEW)
    assert not await reseal(db, OLD, NEW)  # again is no harm
    async with db.transaction() as tx:
        assert await load_secrets(tx, NEW, clock.now()) == secrets
        with pytest.raises(SettingsError):
            await load_secrets(tx, OLD, clock.now())
        if not evidence:  # put away by a process that still has the old key
            key = await (await open_vault(tx, OLD, 1)).new_key(tx, "a", 100)
        assert await take_key(tx, NEW, "a", 1) == key
        with pytest.raises(WrongMasterKeyError):
            await take_key(tx, OLD, "a", 1)


async def test_a_key_that_is_not_the_one_changes_nothing(db: Database, clock: FrozenClock) -> None:
    with pytest.raises(SettingsError, match="nothing sealed yet"):
        await reseal(db, OLD, NEW)
    async with db.transaction() as tx:
        secrets = await load_secrets(tx, OLD, clock.now())
    with pytest.raises(SettingsError, match="is not the key that sealed this database"):
        await reseal(db, OTHER, NEW)
    async with db.transaction() as tx:
        assert await load_secrets(tx, OLD, clock.now()) == secrets


async def test_of_many_at_once_one_counts(db: Database, clock: FrozenClock) -> None:
    """Each with a new key of its own: root and vault end under the same one."""
    async with db.transaction() as tx:
        await load_secrets(tx, OLD, clock.now())
        await (await open_vault(tx, OLD, 1)).new_key(tx, "a", 100)
    keys = [bytes([number]) * 32 for number in range(64)]
    ended = await asyncio.gather(*(reseal(db, OLD, key) for key in keys), return_exceptions=True)
    [winner] = [key for key, one in zip(keys, ended, strict=True) if one is True]
    assert [type(one) for one in ended].count(WrongMasterKeyError) == 63
    async with db.transaction() as tx:
        await load_secrets(tx, winner, clock.now())
        assert await take_key(tx, winner, "a", 1)
