import asyncio

import pytest

from consent.profile.editing import Part, import_dataset, put_item, remove_item
from consent.profile.editing import check_items as checked
from consent.profile.fields import DATASETS
from consent.profile.problems import ProfileError
from consent.profile.store import (
    FIND_DATASET,
    Kept,
    KeptRow,
    Owner,
    ProfileChangedError,
    load,
    load_all,
    open_dataset,
    save,
    shelf_of,
)
from foundation.errors import AccordError
from keys.seal import SealError

OWNER = Owner("p1", b"k" * 32)
SKILLS = Part("skills")
NOW = 1_800_000_000_000_000


async def put(db, given, part=SKILLS, owner=OWNER):
    async with db.transaction() as tx:
        return await put_item(tx, owner, part, given, NOW)


async def kept(db, dataset="skills", owner=OWNER):
    async with db.reading() as tx:
        return await load(tx, owner, dataset)


def skill(label="Chanter", **more):
    return {"kind": "free", "label": label, **more}


async def test_nothing_is_an_empty_dataset(db):
    assert await kept(db) == Kept("skills", 0, ())
    async with db.reading() as tx:
        everything = await load_all(tx, OWNER)
    assert set(everything) == set(DATASETS)
    assert shelf_of(everything) == dict.fromkeys(DATASETS, ())


async def test_an_item_is_added_changed_and_removed_under_one_id(db):
    added = await put(db, skill())
    assert (await kept(db)).items == (added,)
    changed = await put(db, skill("Danser", id=added["id"]))
    assert changed["id"] == added["id"]
    assert [item["label"] for item in (await kept(db)).items] == ["Danser"]
    async with db.transaction() as tx:
        await remove_item(tx, OWNER, SKILLS, added["id"], NOW)
    assert await kept(db) == Kept("skills", 3, ())


async def test_the_item_of_a_dataset_of_one_is_replaced_in_place(db):
    part = Part("birthdate")
    first = await put(db, {"date": "1990-01-01"}, part)
    second = await put(db, {"date": "1991-01-01"}, part)
    assert second["id"] == first["id"]
    assert [item["date"] for item in (await kept(db, "birthdate")).items] == ["1991-01-01"]


async def test_an_unknown_item_is_an_error_and_nothing_is_written(db):
    await put(db, skill())
    for attempt in (
        lambda tx: put_item(tx, OWNER, SKILLS, skill(id="nope"), NOW),
        lambda tx: remove_item(tx, OWNER, SKILLS, "nope", NOW),
    ):
        with pytest.raises(AccordError, match="unknown_item"):
            async with db.transaction() as tx:
                await attempt(tx)
    assert (await kept(db)).revision == 1


async def test_a_bad_item_is_refused_before_anything(db):
    with pytest.raises(ProfileError):
        await put(db, skill("\x00"))
    assert (await kept(db)).revision == 0


async def test_too_many_items_are_refused_one_by_one_too(db):
    async with db.transaction() as tx:
        items = checked("interests", [{"label": str(number)} for number in range(50)])
        await import_dataset(tx, OWNER, "interests", items, NOW)
    with pytest.raises(ProfileError, match="at most 50"):
        await put(db, {"label": "one more"}, Part("interests"))


async def test_an_edit_of_what_was_seen_before_is_refused(db):
    added = await put(db, skill())
    await put(db, skill("Danser"))
    with pytest.raises(ProfileChangedError):
        await put(db, skill("Peindre", id=added["id"]), Part("skills", basis=1))
    await put(db, skill("Peindre", id=added["id"]), Part("skills", basis=2))
    with pytest.raises(ProfileChangedError):
        async with db.transaction() as tx:
            await remove_item(tx, OWNER, Part("skills", basis=2), added["id"], NOW)


async def test_a_stale_save_loses_whether_first_or_not(db):
    empty = await kept(db)
    await put(db, skill())
    one = await kept(db)
    await put(db, skill("Danser"))
    for stale in (empty, one):
        with pytest.raises(ProfileChangedError):
            async with db.transaction() as tx:
                await save(tx, OWNER, stale, [], NOW)
    assert len((await kept(db)).items) == 2


async def test_parallel_edits_do_not_lose_one_another(db):
    await put(db, skill("first"))
    await asyncio.gather(*(put(db, skill(f"skill {number}")) for number in range(12)))
    found = await kept(db)
    assert len(found.items) == 13
    assert found.revision == 13
    assert len({item["id"] for item in found.items}) == 13


async def test_parallel_first_edits_keep_one_or_say_so(db):
    outcomes = await asyncio.gather(
        *(put(db, skill(f"skill {number}")) for number in range(6)), return_exceptions=True
    )
    done = [one for one in outcomes if not isinstance(one, BaseException)]
    assert all(isinstance(one, ProfileChangedError | dict) for one in outcomes)
    assert {item["id"] for item in (await kept(db)).items} == {one["id"] for one in done}


async def test_imports_keep_the_ids_of_what_is_alike(db):
    old = await put(db, skill("Chanter"))
    named = await put(db, skill("Danser"))
    async with db.transaction() as tx:
        items = checked("skills", [skill("CHANTER", level="advanced"), skill("Peindre"), skill("Danser")])
        await import_dataset(tx, OWNER, "skills", items, NOW)
    found = {item["label"]: item["id"] for item in (await kept(db)).items}
    assert found["CHANTER"] == old["id"]
    assert found["Danser"] == named["id"]
    assert found["Peindre"] not in {old["id"], named["id"]}


async def test_an_id_given_by_the_import_wins_and_stays_unique(db):
    old = await put(db, skill("Chanter"))
    async with db.transaction() as tx:
        items = checked("skills", [skill("Peindre", id=old["id"]), skill("Chanter")])
        await import_dataset(tx, OWNER, "skills", items, NOW)
    ids = [item["id"] for item in (await kept(db)).items]
    assert ids[0] == old["id"]
    assert len(set(ids)) == 2


async def test_a_sealed_row_opens_only_in_its_place(db):
    await put(db, skill())
    await put(db, {"date": "1990-01-01"}, Part("birthdate"))
    async with db.reading() as tx:
        row = await tx.one(FIND_DATASET, person_id="p1", dataset="skills")
    assert b"Chanter" not in row.sealed
    assert open_dataset(OWNER, row)[0]["label"] == "Chanter"
    elsewhere = [
        (Owner("p2", OWNER.data_key), row),
        (Owner("p1", b"x" * 32), row),
        (OWNER, row._replace(dataset="interests")),
        (OWNER, row._replace(revision=2)),
        (OWNER, KeptRow("skills", 1, row.sealed[:-1])),
    ]
    for owner, moved in elsewhere:
        with pytest.raises(SealError):
            open_dataset(owner, moved)
    assert "kkk" not in repr(OWNER)
