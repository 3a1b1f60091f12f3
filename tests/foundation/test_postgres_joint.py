"""What comes together goes together, and nobody waits for another's lock or another's mistake."""

import asyncio
from collections.abc import Sequence
from typing import Any

import asyncpg
import pytest
import sqlalchemy as sa

from foundation.database import ConflictError, Database, UnstorableError
from foundation.errors import StorageUnavailableError
from foundation.postgres_pool import Session
from foundation.series import Row, Series
from foundation.statements import Statement
from tests.foundation.probes import ADD, INSERT, LEAF, PROBE, Id, P, ids, row, write

pytestmark = pytest.mark.parametrize(
    "database_url", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True
)


def which(*, hasty: bool) -> sa.Select[Any]:
    """A row that nobody claimed, held until the unit ends."""
    found = sa.select(P.id).where(P.id == sa.bindparam("which"), P.owner.is_(None))
    return found.with_for_update(skip_locked=hasty)


ROWS = (Row(PROBE), Row(LEAF, {"probe_id": "id"}))
FOUND = Series(which(hasty=False), *ROWS, hasty=which(hasty=True))
HOLD = Statement(sa.select(P.id).where(P.id == sa.bindparam("which")).with_for_update(), Id)
CLAIM = Statement(sa.update(PROBE).where(P.id == sa.bindparam("which")).values(owner="somebody"))

OF_KEY = Statement(sa.select(P.id).where(P.id == sa.bindparam("which")), Id, by_key=True)


async def add(db: Database, which: str, name: str) -> int:
    async with db.transaction(single=True) as tx:
        return await tx.run(FOUND, which=which, id=name, amount=1, owner=None, body=None)


@pytest.fixture
async def two(store: Database) -> Database:
    for name in ("a", "b"):
        await write(store, name, amount=1)
    return store


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The driver's methods that were asked, in order."""
    methods: list[Any] = []
    ask = Session.ask

    async def listening(self: Session, method: Any, *arguments: Any) -> Any:
        methods.append(method)
        return await ask(self, method, *arguments)

    monkeypatch.setattr(Session, "ask", listening)
    return methods


async def test_those_who_come_together_go_together(two: Database, asked: list[Any]) -> None:
    names = [f"n{number:02}" for number in range(64)]
    assert await asyncio.gather(*(add(two, "a", name) for name in names)) == [1] * 64
    assert asked == [asyncpg.Connection.fetchmany]
    assert await ids(two) == {"a", "b", *names}


async def test_one_that_finds_nothing_is_asked_alone_and_told_so(two: Database, asked: list[Any]) -> None:
    assert await asyncio.gather(add(two, "a", "x"), add(two, "nobody", "y"), add(two, "b", "z")) == [1, 0, 1]
    assert asked == [asyncpg.Connection.fetchmany, asyncpg.Connection.execute]
    assert await ids(two) == {"a", "b", "x", "z"}


@pytest.mark.parametrize("claimed", [False, True])
async def test_only_who_needs_a_locked_row_waits_for_it(two: Database, claimed: bool) -> None:
    """And who holds it may go on to any other: nobody waits for a row while holding one."""
    async with two.transaction() as tx:
        await tx.one(HOLD, which="a")
        waits = asyncio.create_task(add(two, "a", "x"))
        assert await asyncio.wait_for(add(two, "b", "y"), 5) == 1
        await asyncio.wait_for(tx.one(HOLD, which="b"), 5)
        assert not waits.done()
        if claimed:
            await tx.run(CLAIM, which="a")
    assert await waits == (0 if claimed else 1)


@pytest.mark.parametrize(("wrong", "error"), [("a", ConflictError), ("\0", UnstorableError)])
async def test_what_cannot_be_takes_nobody_along(two: Database, wrong: str, error: type[Exception]) -> None:
    answers = await asyncio.gather(
        add(two, "a", "x"), add(two, "a", wrong), add(two, "b", "y"), return_exceptions=True
    )
    assert [answers[0], answers[2]] == [1, 1]
    assert isinstance(answers[1], error)
    assert await ids(two) == {"a", "b", "x", "y"}


async def test_a_key_that_somebody_is_writing_is_not_waited_for_together(two: Database) -> None:
    async with two.transaction() as tx:
        await tx.run(INSERT, **row("x"))
        late = asyncio.create_task(add(two, "a", "x"))
        assert await asyncio.wait_for(add(two, "b", "y"), 5) == 1
        assert not late.done()
    with pytest.raises(ConflictError):
        await late
    assert await ids(two) == {"a", "b", "x", "y"}


def failing(monkeypatch: pytest.MonkeyPatch, cause: Exception) -> None:
    ask = Session.ask

    async def fail(self: Session, method: Any, *arguments: Any) -> Any:
        if method is asyncpg.Connection.fetchmany:
            raise StorageUnavailableError("no answer") from cause
        return await ask(self, method, *arguments)

    monkeypatch.setattr(Session, "ask", fail)


async def outcomes(db: Database, names: Sequence[str]) -> list[Any]:
    return await asyncio.gather(*(add(db, "a", name) for name in names), return_exceptions=True)


async def test_without_an_answer_nobody_is_told_that_it_is_written(
    two: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as lost:
        failing(lost, asyncpg.ConnectionDoesNotExistError())
        told = await outcomes(two, "xy")
    assert [type(each) for each in told] == [StorageUnavailableError] * 2
    assert await outcomes(two, "xy") == [1, 1]


async def test_what_the_server_took_back_is_tried_alone(
    two: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(monkeypatch, asyncpg.DeadlockDetectedError())
    assert await outcomes(two, "xy") == [1, 1]


async def test_who_gives_up_holds_nobody_back(two: Database) -> None:
    gone, stays = (asyncio.create_task(add(two, "a", name)) for name in "xy")
    await asyncio.sleep(0)
    gone.cancel()
    assert await stays == 1
    assert gone.cancelled()
    assert await add(two, "b", "z") == 1


async def test_a_unit_of_one_write_is_over_after_it(two: Database) -> None:
    with pytest.raises(RuntimeError, match="a unit may await only its own statements"):
        async with two.transaction(single=True) as tx:
            assert await tx.run(FOUND, which="a", id="x", amount=1, owner=None, body=None) == 1
            await tx.run(FOUND, which="a", id="y", amount=1, owner=None, body=None)
    assert await ids(two) == {"a", "b", "x"}


async def found(db: Database, which: str) -> Id | None:
    async with db.reading() as tx:
        return await tx.first(OF_KEY, which=which)


async def test_readings_that_come_together_are_one_round_trip(two: Database, asked: list[Any]) -> None:
    """And each is told of its own row, or of none."""
    keys = ["a", "nobody", "b", "a"] * 16
    told = await asyncio.gather(*(found(two, key) for key in keys))
    assert told == [None if key == "nobody" else Id(key) for key in keys]
    assert asked == [asyncpg.Connection.fetchmany]
    assert type(told[0]) is Id


async def test_a_reading_sees_what_was_committed_before_it_came(two: Database) -> None:
    """Also where it waits for others that came earlier."""
    earlier = [asyncio.create_task(found(two, "new")) for _ in range(8)]
    await write(two, "new", amount=1)
    assert await found(two, "new") == Id("new")
    await asyncio.gather(*earlier)


async def test_a_value_that_cannot_be_takes_no_reading_along(two: Database) -> None:
    answers = await asyncio.gather(found(two, "a"), found(two, "\0"), found(two, "b"), return_exceptions=True)
    assert [answers[0], answers[2]] == [Id("a"), Id("b")]
    assert isinstance(answers[1], UnstorableError)


async def test_readings_without_an_answer_are_told_so(two: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as lost:
        failing(lost, asyncpg.ConnectionDoesNotExistError())
        told = await asyncio.gather(found(two, "a"), found(two, "b"), return_exceptions=True)
    assert [type(each) for each in told] == [StorageUnavailableError] * 2
    assert await found(two, "a") == Id("a")


async def test_a_reading_writes_nothing_together_either(two: Database) -> None:
    async with two.reading() as tx:
        with pytest.raises(StorageUnavailableError, match="attempt to write"):
            await tx.first(FOUND, which="a", id="x", amount=1, owner=None, body=None)
    assert await ids(two) == {"a", "b"}


def test_only_what_reads_finds_by_a_key(database_url: str) -> None:
    clause = ADD._clause
    with pytest.raises(TypeError, match="only a SELECT"):
        _ = Statement(clause, by_key=True).joined
