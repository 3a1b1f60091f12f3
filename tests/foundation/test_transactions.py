"""What both engines promise, with real parallelism."""

import asyncio
import contextlib

import pytest

from foundation.database import (
    ConflictError,
    Database,
    MissingRowError,
    UnitSuspendedError,
    UnstorableError,
    open_database,
)
from foundation.errors import StorageUnavailableError
from tests.foundation import probes
from tests.foundation.probes import (
    ADD,
    BULK,
    CLAIM,
    COUNT,
    DELETE,
    INSERT,
    INSERT_LEAF,
    INSERT_RETURNING,
    SELECT,
    SELECT_IDS,
    Row,
    create_probes,
    ids,
    row,
    write,
)


class BoomError(Exception):
    pass


async def test_what_a_unit_wrote_is_there_for_every_reader_once_it_has_ended(
    store: Database, other: Database
):
    await write(store, "a", amount=7, body=b"\x00\xff")
    for database in (store, other):
        async with database.reading() as tx:
            assert await tx.one(SELECT, id="a") == Row("a", 7, None, b"\x00\xff")


async def test_a_unit_reads_its_own_writes_before_anyone_else(store: Database, other: Database):
    async with store.transaction() as tx:
        await tx.run(INSERT, **row("a"))
        assert await tx.first(SELECT, id="a") is not None
        async with other.reading() as elsewhere:
            assert await elsewhere.first(SELECT, id="a") is None
    assert await ids(other) == {"a"}


async def test_a_unit_that_raises_leaves_nothing_and_the_error_comes_out_as_it_was(store: Database):
    boom = BoomError()
    with pytest.raises(BoomError) as caught:
        async with store.transaction() as tx:
            await tx.run(INSERT, **row("a"))
            raise boom
    assert caught.value is boom
    assert await ids(store) == set()


async def test_a_unit_of_one_write_keeps_it(store: Database, other: Database):
    async with store.transaction(single=True) as tx:
        assert await tx.run(INSERT, **row("a")) == 1
    assert await ids(other) == {"a"}
    with pytest.raises(ConflictError):
        async with store.transaction(single=True) as tx:
            await tx.run(INSERT, **row("a"))
    async with store.transaction(single=True) as tx:
        assert await tx.run(DELETE, which="b") == 0
    assert await ids(other) == {"a"}


async def test_a_unit_of_one_write_whose_failure_is_swallowed_ends_by_it(store: Database):
    await write(store, "a")
    with pytest.raises(ConflictError):
        async with store.transaction(single=True) as tx:
            with contextlib.suppress(ConflictError):
                await tx.run(INSERT, **row("a"))


async def test_a_neighbours_failure_does_not_hurt(store: Database):
    async def unit(number: int) -> None:
        async with store.transaction() as tx:
            await tx.run(INSERT, **row(f"{number:03}"))
            if number % 3 == 0:
                raise BoomError
            if number % 3 == 1:
                await tx.run(INSERT, **row(f"{number:03}"))  # a conflict with itself

    outcomes = await asyncio.gather(*(unit(number) for number in range(60)), return_exceptions=True)
    kept = {f"{number:03}" for number, outcome in enumerate(outcomes) if outcome is None}
    assert kept == {f"{number:03}" for number in range(60) if number % 3 == 2}
    assert await ids(store) == kept
    assert sum(isinstance(outcome, ConflictError) for outcome in outcomes) == 20


async def test_rows_written_together_are_all_there_or_none(store: Database):
    rows = [Row("a", 1, None, b"\x00"), Row("b", 2, None, None), Row("c", 3, None, b"")]
    async with store.transaction() as tx:
        await tx.insert(BULK, rows)
        await tx.insert(BULK, [])
        assert [await tx.one(SELECT, id=key) for key in "abc"] == rows
    with pytest.raises(ConflictError):
        async with store.transaction() as tx:
            await tx.insert(BULK, [Row("d", 0, None, None), rows[0]])
    assert await ids(store) == {"a", "b", "c"}


async def test_so_are_many_more_than_one_statement_takes(store: Database):
    rows = [Row(f"{number:04}", number, None, b"\x00") for number in range(2 * BULK.PIECE + 3)]
    with pytest.raises(ConflictError):
        async with store.transaction() as tx:
            await tx.insert(BULK, [*rows, rows[BULK.PIECE]])
    assert await ids(store) == set()

    async def fail() -> None:  # in the same group of units: what it shares it with is written again
        async with store.transaction() as tx:
            await tx.run(INSERT, **row("z"))
            raise BoomError

    async with store.transaction() as tx:
        await tx.insert(BULK, rows[: BULK.PIECE])
    await asyncio.gather(_insert(store, rows[BULK.PIECE :]), fail(), return_exceptions=True)
    async with store.reading() as tx:
        assert [await tx.one(SELECT, id=each.id) for each in rows] == rows
    assert await ids(store) == {each.id for each in rows}


async def _insert(store: Database, rows: list[Row]) -> None:
    async with store.transaction() as tx:
        await tx.insert(BULK, rows)


async def test_rows_of_another_width_are_refused(store: Database):
    rows: list[tuple[object, ...]] = [("a", 1, None), ("b", 2, None, None, "c")] * BULK.PIECE
    with pytest.raises((TypeError, ValueError)):
        async with store.transaction() as tx:
            await tx.insert(BULK, rows)
    assert await ids(store) == set()


async def test_all_first_one_run_say_what_they_found(store: Database):
    async with store.transaction() as tx:
        assert await tx.run(INSERT, **row("a", 1)) == 1
        assert await tx.one(INSERT_RETURNING, **row("b", 2)) == ("b",)
        await tx.run_many(INSERT, [row("c", 3), row("d", 4)])
        await tx.run_many(INSERT, [])
        assert [found.id for found in await tx.all(SELECT_IDS)] == ["a", "b", "c", "d"]
        assert await tx.first(SELECT, id="zz") is None
        assert await tx.all(SELECT, id="zz") == []
        with pytest.raises(MissingRowError, match="probe"):
            await tx.one(SELECT, id="zz")
        assert await tx.run(ADD, more=5, which="a") == 1
        assert await tx.run(ADD, more=5, which="zz") == 0
        assert await tx.run(DELETE, which="d") == 1
    async with store.reading() as tx:
        assert (await tx.one(SELECT, id="a")).amount == 6
        assert (await tx.one(COUNT)).count == 3


async def test_names_of_values_are_checked_before_anything_runs(store: Database):
    async with store.transaction() as tx:
        for wrong in ({}, {"id": "a", "more": 1}, {"idd": "a"}):
            with pytest.raises(TypeError, match="takes"):
                await tx.first(SELECT, **wrong)
        await tx.run(INSERT, **row("a"))  # the unit goes on: nothing had been sent
    assert await ids(store) == {"a"}


async def test_a_statement_without_a_row_answers_none(store: Database):
    await write(store, "a")
    with pytest.raises(TypeError, match="declares no row"):
        async with store.transaction() as tx:
            await tx.all(probes.Statement(probes.sa.select(probes.P.id)))


async def test_unique_and_foreign_keys_conflict(store: Database):
    await write(store, "a")
    with pytest.raises(ConflictError):
        await write(store, "a")
    with pytest.raises(ConflictError):
        async with store.transaction() as tx:
            await tx.run(INSERT_LEAF, id="leaf", probe_id="nobody")
    with pytest.raises(ConflictError):
        async with store.transaction() as tx:
            await tx.run_many(INSERT, [row("b"), row("a")])
    assert await ids(store) == {"a"}


async def test_an_error_swallowed_inside_a_unit_does_not_save_it(store: Database):
    await write(store, "a")
    with pytest.raises(ConflictError):
        async with store.transaction() as tx:
            await tx.run(INSERT, **row("b"))
            with pytest.raises(ConflictError):
                await tx.run(INSERT, **row("a"))
            with pytest.raises(ConflictError):
                await tx.run(INSERT, **row("c"))
    assert await ids(store) == {"a"}


async def test_an_error_swallowed_and_replaced_comes_out_as_the_new_one(store: Database):
    await write(store, "a")
    with pytest.raises(BoomError):
        async with store.transaction() as tx:
            try:
                await tx.run(INSERT, **row("a"))
            except ConflictError:
                raise BoomError from None
    assert await ids(store) == {"a"}


@pytest.mark.parametrize("value", [2**63, -(2**63) - 1], ids=["too large", "too small"])
async def test_an_integer_that_no_column_holds_is_refused_in_our_words(store: Database, value: int):
    with pytest.raises(UnstorableError):
        await write(store, "a", amount=value)
    await write(store, "a", amount=2**63 - 1)


@pytest.mark.parametrize("text", ["\ud800", "a\x00b"], ids=["lone surrogate", "NUL"])
async def test_a_text_that_no_column_holds_is_refused_in_our_words(store: Database, text: str):
    if store.dialect == "sqlite" and "\x00" in text:
        await write(store, "a", owner=text)  # SQLite stores it: only its neighbour is strict
        return
    with pytest.raises(UnstorableError):
        await write(store, "a", owner=text)
    assert await ids(store) == set()


async def test_a_wrong_statement_is_not_dressed_up_as_an_unavailable_database(store: Database):
    wrong = probes.Statement(probes.sa.text("SELECT id FROM nowhere"), probes.Id)
    with pytest.raises(Exception, match="nowhere") as caught:
        async with store.transaction() as tx:
            await tx.run(INSERT, **row("a"))
            await tx.all(wrong)
    assert not isinstance(caught.value, StorageUnavailableError)
    with pytest.raises(Exception, match="nowhere"):
        async with store.reading() as tx:
            await tx.all(wrong)
    assert await ids(store) == set()


async def test_reading_cannot_write(store: Database):
    async with store.reading() as tx:
        with pytest.raises(StorageUnavailableError):
            await tx.run(INSERT, **row("a"))
        with pytest.raises(StorageUnavailableError):
            await tx.one(INSERT_RETURNING, **row("a"))
        with pytest.raises(StorageUnavailableError):
            await tx.run_many(INSERT, [row("a")])
    assert await ids(store) == set()


async def test_a_unit_does_nothing_more_after_its_end(store: Database):
    async with store.transaction() as tx:
        await tx.run(INSERT, **row("a"))
    with pytest.raises(UnitSuspendedError):
        await tx.run(INSERT, **row("b"))
    with pytest.raises(UnitSuspendedError):
        await tx.run_many(INSERT, [row("b")])
    assert await ids(store) == {"a"}


async def test_no_update_is_lost_between_units(store: Database, other: Database):
    await write(store, "a")

    async def add(database: Database) -> None:
        async with database.transaction() as tx:
            assert await tx.run(ADD, more=1, which="a") == 1

    await asyncio.gather(*(add(database) for _ in range(50) for database in (store, other)))
    async with store.reading() as tx:
        assert (await tx.one(SELECT, id="a")).amount == 100


async def test_64_compare_and_swaps_have_one_winner(store: Database, other: Database):
    for turn in range(5):
        await write(store, f"code-{turn}")

        async def claim(me: int, turn: int = turn) -> int:
            async with (store if me % 2 else other).transaction() as tx:
                return await tx.run(CLAIM, which=f"code-{turn}", new_owner=str(me))

        won = await asyncio.gather(*(claim(me) for me in range(64)))
        assert sum(won) == 1
        async with store.reading() as tx:
            assert (await tx.one(SELECT, id=f"code-{turn}")).owner == str(won.index(1))


async def test_a_cancelled_unit_leaves_nothing_and_blocks_nobody(store: Database):
    started = asyncio.Event()

    async def unit(number: int) -> None:
        started.set()
        await write(store, f"{number:02}")

    tasks = [asyncio.create_task(unit(number)) for number in range(40)]
    await started.wait()
    for task in tasks[::2]:
        task.cancel()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    await write(store, "after")
    found = await ids(store)
    for number, outcome in enumerate(outcomes):
        if outcome is None:
            assert f"{number:02}" in found  # answered: it is there; a cancelled one may be, or not
    assert "after" in found


async def test_after_the_stop_nothing_is_taken(database_url: str):
    db = open_database(database_url)
    await db.start()
    await create_probes(db)
    await db.stop()
    with pytest.raises(StorageUnavailableError):
        await write(db, "late")


@pytest.mark.parametrize(
    "database_url", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True
)
async def test_what_hangs_on_values_is_planned_for_them(store: Database) -> None:
    """Else PostgreSQL walks millions of rows to the few of somebody rare, from the sixth time on."""

    async def mode(*, by_values: bool) -> str:
        asked = probes.Statement(probes.sa.text("SHOW plan_cache_mode"), probes.Id, by_values=by_values)
        async with store.reading() as tx, store.transaction() as unit:
            one, other = await tx.one(asked), await unit.one(asked)
        assert one == other
        return one.id

    assert [await mode(by_values=True), await mode(by_values=False)] == ["force_custom_plan", "auto"]
