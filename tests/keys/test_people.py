"""Per-person keys: what she sealed opens with hers alone, and for nobody once they are destroyed."""

import pytest

from foundation.database import ConflictError, Database
from keys.people import _FIND, PeopleKeys
from keys.seal import SealError, seal, unseal

AMINA, BRUNO = "a" * 32, "b" * 32


@pytest.fixture
def keys() -> PeopleKeys:
    return PeopleKeys(b"w" * 32)


async def test_hers_are_found_as_they_were_made(db: Database, keys: PeopleKeys) -> None:
    async with db.transaction() as tx:
        made = await keys.create(tx, AMINA)
    async with db.reading() as tx:
        assert await keys.find(tx, AMINA) == made
        assert await keys.find(tx, BRUNO) is None
    assert len(made.data_key) == len(made.secret) == 32
    assert made.data_key != made.secret


async def test_nobody_has_two_sets(db: Database, keys: PeopleKeys) -> None:
    async with db.transaction() as tx:
        first = await keys.create(tx, AMINA)
    with pytest.raises(ConflictError):
        async with db.transaction() as tx:
            await keys.create(tx, AMINA)
    async with db.reading() as tx:
        assert await keys.find(tx, AMINA) == first


async def test_two_people_share_nothing(db: Database, keys: PeopleKeys) -> None:
    async with db.transaction() as tx:
        amina, bruno = await keys.create(tx, AMINA), await keys.create(tx, BRUNO)
    assert len({amina.data_key, amina.secret, bruno.data_key, bruno.secret}) == 4
    with pytest.raises(SealError):
        unseal(bruno.data_key, seal(amina.data_key, b"x", b"p"), b"p")


async def test_a_row_copied_to_another_person_does_not_open(db: Database, keys: PeopleKeys) -> None:
    async with db.transaction() as tx:
        await keys.create(tx, AMINA)
        row = await tx.one(_FIND, person_id=AMINA)
    keys.open(AMINA, row.wrapped)
    for opener, person in ((keys, BRUNO), (PeopleKeys(b"x" * 32), AMINA)):
        with pytest.raises(SealError):
            opener.open(person, row.wrapped)


async def test_destroyed_keys_open_nothing_and_cannot_come_back(db: Database, keys: PeopleKeys) -> None:
    async with db.transaction() as tx:
        amina = await keys.create(tx, AMINA)
    sealed = seal(amina.data_key, b"everything personal", b"p")
    async with db.transaction() as tx:
        assert await keys.destroy(tx, AMINA)
        assert not await keys.destroy(tx, AMINA)
    async with db.reading() as tx:
        assert await keys.find(tx, AMINA) is None
    async with db.transaction() as tx:
        again = await keys.create(tx, AMINA)  # a new person of that id is somebody else
    with pytest.raises(SealError):
        unseal(again.data_key, sealed, b"p")


async def test_keys_are_not_in_their_own_description(db: Database, keys: PeopleKeys) -> None:
    async with db.transaction() as tx:
        made = await keys.create(tx, AMINA)
    assert made.data_key.hex() not in repr(made)
    assert repr(made.data_key) not in repr(made)
