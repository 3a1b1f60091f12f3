"""A unit that fails after it wrote leaves its neighbours of the same group exactly as they were."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foundation import sqlite as engine
from foundation.database import ConflictError
from foundation.errors import StorageUnavailableError
from foundation.sqlite import SqliteDatabase
from foundation.statements import Statement
from tests.foundation.probes import (
    ADD,
    CLAIM,
    DELETE,
    INSERT,
    INSERT_RETURNING,
    PROBE,
    SELECT_IDS,
    Row,
    create_probes,
    ids,
    row,
    write,
)  # fmt: skip

NAMES = "abcd"
EVERY = Statement(PROBE.select().order_by(PROBE.c.id), Row)
Step = tuple[str, str, int]

steps = st.lists(
    st.tuples(
        st.sampled_from(["put", "put returning", "add", "claim", "drop"]),
        st.sampled_from(NAMES),
        st.integers(1, 9),
    ),
    min_size=1,
    max_size=4,
)
units = st.lists(st.tuples(steps, st.booleans()), min_size=2, max_size=8)


class GoneError(Exception):
    """Why a unit of the test ends."""


@pytest.fixture
async def store(sqlite_url: str) -> AsyncIterator[SqliteDatabase]:
    db = SqliteDatabase(sqlite_url.removeprefix("sqlite:///"))
    await db.start()
    await create_probes(db)
    yield db
    await db.stop()


async def take(tx: Any, step: Step) -> None:
    what, name, number = step
    if what == "put":
        await tx.run(INSERT, **row(name, amount=number))
    elif what == "put returning":
        await tx.one(INSERT_RETURNING, **row(name, amount=number))
    elif what == "add":
        await tx.run(ADD, which=name, more=number)
    elif what == "claim":
        await tx.run(CLAIM, which=name, new_owner=str(number))
    else:
        await tx.run(DELETE, which=name)


async def unit(store: SqliteDatabase, taken: list[Step], fails: bool) -> None:
    async with store.transaction() as tx:
        for step in taken:
            await take(tx, step)
        if fails:
            raise GoneError


def expected(group: list[tuple[list[Step], bool]], outcomes: list[object]) -> dict[str, list[object]]:
    """The rows after the units that succeeded, one after the other."""
    rows: dict[str, list[object]] = {}
    for (taken, _), outcome in zip(group, outcomes, strict=True):
        if outcome is not None:
            continue
        for what, name, number in taken:
            if what.startswith("put"):
                rows[name] = [number, None]
            elif what == "drop":
                rows.pop(name, None)
            elif name in rows and what == "add":
                rows[name][0] = int(str(rows[name][0])) + number
            elif name in rows and rows[name][1] is None:
                rows[name][1] = str(number)
    return rows


@given(group=units)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_kept_is_what_the_good_units_wrote(
    group: list[tuple[list[Step], bool]], tmp_path: Path
) -> None:
    async def story() -> None:
        file = tmp_path / "undo.sqlite3"
        for leftover in tmp_path.glob("undo.sqlite3*"):
            leftover.unlink()
        db = SqliteDatabase(str(file))
        await db.start()
        try:
            await create_probes(db)
            outcomes = await asyncio.gather(*(unit(db, *each) for each in group), return_exceptions=True)
            assert {type(outcome) for outcome in outcomes} <= {type(None), GoneError, ConflictError}
            assert all(
                isinstance(outcome, Exception)
                for (_, fails), outcome in zip(group, outcomes, strict=True)
                if fails
            )
            async with db.reading() as tx:
                kept = {name: [amount, owner] for name, amount, owner, _ in await tx.all(EVERY)}
            assert kept == expected(group, list(outcomes))
        finally:
            await db.stop()

    asyncio.run(story())


async def test_the_units_after_a_failed_one_see_what_those_before_it_wrote(store: SqliteDatabase):
    seen: list[set[str]] = []

    async def look() -> None:
        async with store.transaction() as tx:
            seen.append({found.id for found in await tx.all(SELECT_IDS)})

    await asyncio.gather(
        write(store, "first"), unit(store, [("put", "gone", 1)], True), look(), return_exceptions=True
    )
    assert seen == [{"first"}]
    assert await ids(store) == {"first"}


async def test_a_commit_of_another_process_in_between_fails_the_group_and_says_so(
    store: SqliteDatabase, sqlite_url: str
):
    beside = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None, timeout=0)
    real = store.writer

    class Interrupted:
        def execute(self, sql: str, *arguments: object) -> sqlite3.Cursor:
            found = real.execute(sql, *arguments)
            if sql == "ROLLBACK" and not beside.total_changes:
                beside.execute("INSERT INTO probe (id, amount) VALUES ('the command line', 1)")
            return found

        def __getattr__(self, name: str) -> object:
            return getattr(real, name)

    store.writer = Interrupted()  # type: ignore[assignment]  # a connection that lets another in
    outcomes = await asyncio.gather(
        write(store, "before"), unit(store, [("put", "gone", 1)], True), return_exceptions=True
    )
    store.writer = real
    beside.close()
    assert [type(outcome) for outcome in outcomes] == [StorageUnavailableError, GoneError]
    await write(store, "after")
    assert await ids(store) == {"the command line", "after"}


@pytest.mark.parametrize("refused", ["PRAGMA data_version", "ROLLBACK", "BEGIN IMMEDIATE"])
async def test_a_group_that_cannot_be_written_again_fails_whole(store: SqliteDatabase, refused: str):
    real, armed = store.writer, [True]

    class Spoiled:
        def execute(self, sql: str, *arguments: object) -> sqlite3.Cursor:
            undoing = real.total_changes > start and real.in_transaction == (sql != "BEGIN IMMEDIATE")
            if sql == refused and undoing and armed:
                armed.pop()
                raise sqlite3.OperationalError(f"refused: {sql}")
            return real.execute(sql, *arguments)

        def __getattr__(self, name: str) -> object:
            return getattr(real, name)

    start = real.total_changes
    store.writer = Spoiled()  # type: ignore[assignment]  # a connection that refuses one statement once
    outcomes = await asyncio.gather(
        write(store, "first"), unit(store, [("put", "gone", 1)], True), return_exceptions=True
    )
    store.writer = real
    assert not armed
    assert [type(outcome) for outcome in outcomes] == [StorageUnavailableError, GoneError]
    await write(store, "after")
    assert await ids(store) == {"after"}


async def test_a_long_unit_is_the_last_of_its_group(store: SqliteDatabase, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(engine, "_LONG_UNIT_ROWS", 2)
    again: list[int] = []
    real = store._write_again
    monkeypatch.setattr(store, "_write_again", lambda: (again.append(len(store._written)), real()))

    async def long() -> None:
        async with store.transaction() as tx:
            await tx.run_many(INSERT, [row(f"row {number}") for number in range(5)])

    await asyncio.gather(long(), unit(store, [("put", "gone", 1)], True), return_exceptions=True)
    assert again == [0]
    assert await ids(store) == {f"row {number}" for number in range(5)}
