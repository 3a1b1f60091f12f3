"""Evidence keys: put away without a secret, taken out with the master key, ended by time."""

from pathlib import Path

import pytest

from foundation.database import ConflictError, Database
from keys.evidence import destroy_key, keys_due, open_vault, take_key
from keys.holding import PersonErasedError, hold_person, take_person
from keys.master import WrongMasterKeyError
from keys.people import PeopleKeys
from keys.seal import SealError
from keys.tables import EvidenceVault

MASTER, OTHER = b"m" * 32, b"o" * 32


async def test_a_key_comes_back_as_it_was(db: Database) -> None:
    async with db.transaction() as tx:
        key = await (await open_vault(tx, MASTER, 1)).new_key(tx, "a", 100)
    async with db.reading() as tx:
        assert await take_key(tx, MASTER, "a", 99) == key
        assert len(key) == 32


async def test_the_vault_is_made_once(db: Database) -> None:
    for piece in ("a", "b"):
        async with db.transaction() as tx:
            await (await open_vault(tx, MASTER, 1)).new_key(tx, piece, 100)
    async with db.reading() as tx:
        assert await take_key(tx, MASTER, "a", 1) != await take_key(tx, MASTER, "b", 1)


async def test_no_key_before_any_evidence_nor_for_another_piece(db: Database) -> None:
    async with db.reading() as tx:
        assert await take_key(tx, MASTER, "a", 1) is None
    async with db.transaction() as tx:
        await (await open_vault(tx, MASTER, 1)).new_key(tx, "a", 100)
    async with db.reading() as tx:
        assert await take_key(tx, MASTER, "b", 1) is None


async def test_time_ends_a_key_before_the_sweep_does(db: Database) -> None:
    async with db.transaction() as tx:
        vault = await open_vault(tx, MASTER, 1)
        await vault.new_key(tx, "early", 100)
        await vault.new_key(tx, "late", 200)
    async with db.transaction() as tx:
        assert await take_key(tx, MASTER, "early", 100) is None
        assert [row.id for row in await keys_due(tx, 150, 10)] == ["early"]
        assert await destroy_key(tx, "early")
        assert not await destroy_key(tx, "early")
        assert await keys_due(tx, 150, 10) == []
        assert await take_key(tx, MASTER, "late", 199) is not None


async def test_another_master_key_opens_nothing(db: Database) -> None:
    async with db.transaction() as tx:
        await (await open_vault(tx, MASTER, 1)).new_key(tx, "a", 100)
    async with db.reading() as tx:
        with pytest.raises(WrongMasterKeyError):
            await take_key(tx, OTHER, "a", 1)


async def test_a_wrapped_key_put_in_another_row_does_not_open(db: Database) -> None:
    from sqlalchemy import text  # noqa: PLC0415  # a forger's own statement

    from foundation.statements import Write  # noqa: PLC0415  # likewise

    async with db.transaction() as tx:
        vault = await open_vault(tx, MASTER, 1)
        await vault.new_key(tx, "a", 100)
        await vault.new_key(tx, "b", 100)
        await tx.run(
            Write(
                text(
                    "UPDATE evidence_key SET wrapped = (SELECT wrapped FROM evidence_key WHERE id = 'a')"
                    " WHERE id = 'b'"
                )
            )
        )
    async with db.reading() as tx:
        with pytest.raises(SealError):
            await take_key(tx, MASTER, "b", 1)


async def test_one_piece_has_one_key(db: Database) -> None:
    async with db.transaction() as tx:
        await (await open_vault(tx, MASTER, 1)).new_key(tx, "a", 100)
    with pytest.raises(ConflictError):
        async with db.transaction() as tx:
            await (await open_vault(tx, MASTER, 1)).new_key(tx, "a", 100)


async def test_a_person_is_held_or_taken_until_she_is_erased(db: Database) -> None:
    keys = PeopleKeys(b"w" * 32)
    async with db.transaction() as tx:
        made = await keys.create(tx, "p")
    async with db.transaction() as tx:
        await hold_person(tx, "p")
        wrapped = await take_person(tx, "p")
        assert wrapped is not None
        assert keys.open("p", wrapped) == made
        await keys.destroy(tx, "p")
        assert await take_person(tx, "p") is None
    with pytest.raises(PersonErasedError):
        async with db.transaction() as tx:
            await hold_person(tx, "p")


def test_the_vault_names_no_secret() -> None:
    assert "public_key" in EvidenceVault.model_fields
    source = Path("keys/evidence.py").read_text("utf-8")
    assert source.count("from_private_bytes") == 1
