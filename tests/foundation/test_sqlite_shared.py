"""One SQLite file served by several processes: turns, a neighbour's writes, neighbours that die or hang."""

import asyncio
import errno
import fcntl
import os
import signal
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from foundation import sqlite as engine
from foundation import sqlite_turns as turns
from foundation.database import Database, open_database
from foundation.errors import StorageUnavailableError
from foundation.sqlite import SqliteDatabase
from tests.foundation.probes import ADD, COUNT, INSERT, SELECT, create_probes, ids, row, write
from tests.foundation.test_sqlite_faults import Writer, _ids_after, _prepare


class Slow(SqliteDatabase):
    """A database whose disk takes as long as the test wants."""

    def __init__(self, path: str) -> None:
        super().__init__(path, shared=True)
        self.disk = threading.Event()
        self.disk.set()
        self.syncs = 0
        self.commits = 0

    def commit(self) -> None:
        super().commit()
        self.commits += 1

    def sync(self) -> None:
        assert self.disk.wait(20)
        super().sync()
        self.syncs += 1


@pytest.fixture
async def pair(sqlite_url: str, often_moved: None) -> AsyncIterator[tuple[Slow, Slow]]:
    """Two workers' databases on one file."""
    path = sqlite_url.removeprefix("sqlite:///")
    one, other = Slow(path), Slow(path)
    await one.start()
    await other.start()
    await create_probes(one)
    yield one, other
    for db in (one, other):
        db.disk.set()
        await db.stop()


async def add_one(db: Database) -> None:
    """Read, think, write: what is lost when two do it at once."""
    async with db.transaction() as tx:
        found = await tx.one(SELECT, id="sum")
        await tx.run(ADD, which="sum", more=1)
        again = await tx.one(SELECT, id="sum")
        assert again.amount == found.amount + 1


async def amount(db: Database) -> int:
    async with db.reading() as tx:
        return (await tx.one(SELECT, id="sum")).amount


async def test_units_of_two_workers_are_serial(pair: tuple[Slow, Slow]):
    await write(pair[0], "sum")
    start = await amount(pair[0])
    await asyncio.gather(*(add_one(pair[number % 2]) for number in range(256)))
    assert await amount(pair[0]) == await amount(pair[1]) == start + 256


async def test_a_worker_that_always_writes_starves_nobody(pair: tuple[Slow, Slow]):
    busy, modest = pair
    await write(busy, "sum")
    stop = asyncio.Event()

    async def go_on() -> None:
        while not stop.is_set():
            await add_one(busy)

    storm = [asyncio.create_task(go_on()) for _ in range(32)]
    async with asyncio.timeout(30):
        for _ in range(40):
            await add_one(modest)
    stop.set()
    await asyncio.gather(*storm)


async def test_what_a_neighbour_wrote_is_shown_once_the_disk_has_it(pair: tuple[Slow, Slow]):
    one, other = pair
    for db in pair:
        db.disk.clear()
    writing = asyncio.create_task(write(one, "fresh"))

    while True:
        async with other.reading(ahead=True) as tx:
            if (await tx.one(COUNT)).count:
                break
        await asyncio.sleep(0)
    reading = asyncio.create_task(ids(other))
    await asyncio.sleep(0.05)
    assert not writing.done()
    assert not reading.done()
    other.disk.set()  # its own sync covers the whole journal
    assert await reading == {"fresh"}
    assert not writing.done()
    one.disk.set()
    await writing


async def test_a_reader_waits_for_no_disk_when_nothing_is_new(pair: tuple[Slow, Slow]):
    one, other = pair
    await write(one, "old")
    assert await ids(other) == {"old"}
    synced = other.syncs
    other.disk.clear()
    assert await ids(other) == {"old"}
    assert other.syncs == synced


async def test_a_commit_that_came_during_a_sync_waits_for_the_next(pair: tuple[Slow, Slow]):
    one, other = pair
    other.disk.clear()
    first = asyncio.create_task(write(other, "first"))
    await asyncio.sleep(0.05)  # its sync is under way
    await write(one, "second")
    reading = asyncio.create_task(ids(other))
    await asyncio.sleep(0.05)
    assert not reading.done()
    synced = other.syncs
    other.disk.set()
    assert await reading == {"first", "second"}
    assert other.syncs == synced + 2
    await first


async def test_a_turn_that_nobody_needs_any_more_is_given_back(pair: tuple[Slow, Slow]):
    one, other = pair
    with open_turn(one) as held:
        waiting = asyncio.create_task(write(other, "never"))
        await asyncio.sleep(0.05)
        assert not waiting.done()
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        fcntl.flock(held, fcntl.LOCK_UN)
        await write(one, "goes on")
        await write(other, "too")
    assert await ids(one) == {"goes on", "too"}


class open_turn:  # noqa: N801  # reads as a function
    """Somebody else's turn, from outside."""

    def __init__(self, db: SqliteDatabase) -> None:
        self._file = os.open(f"{db._path}-turn", os.O_RDWR)

    def __enter__(self) -> int:
        fcntl.flock(self._file, fcntl.LOCK_EX)
        return self._file

    def __exit__(self, *_: object) -> None:
        os.close(self._file)


async def test_a_neighbour_that_never_ends_its_turn_is_said(
    pair: tuple[Slow, Slow], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(engine, "PATIENCE_SECONDS", 0.05)
    monkeypatch.setattr(turns, "_REMIND_SECONDS", 0.02)
    with open_turn(pair[0]):
        with pytest.raises(StorageUnavailableError, match="end its turn"):
            await write(pair[1], "refused")
        assert await ids(pair[1]) == set()  # readers do not wait
    monkeypatch.undo()
    await write(pair[1], "works again")


async def test_units_that_come_one_after_the_other_share_a_group(pair: tuple[Slow, Slow]):
    before = pair[0].commits

    async def come(after: int) -> None:
        for _ in range(after):
            await asyncio.sleep(0)  # a round of the loop
        await write(pair[0], f"came {after}")

    await asyncio.gather(*(come(after) for after in range(4)))
    assert pair[0].commits == before + 1


async def test_a_crowd_that_goes_on_growing_is_not_waited_for(pair: tuple[Slow, Slow]):
    before = pair[0].commits
    coming = [asyncio.create_task(write(pair[0], "first"))]
    while not coming[0].done():
        coming.append(asyncio.create_task(write(pair[0], f"no. {len(coming)}")))
        await asyncio.sleep(0)
    await asyncio.gather(*coming)
    assert pair[0].commits > before + 1


async def test_a_turn_that_is_refused_is_said_and_asked_for_again(
    pair: tuple[Slow, Slow], monkeypatch: pytest.MonkeyPatch
):
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, "no locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(StorageUnavailableError, match="no locks available"):
        await write(pair[0], "refused")
    monkeypatch.undo()
    await write(pair[0], "works again")
    assert await ids(pair[1]) == {"works again"}


async def test_a_checkpoint_waits_for_its_turn_and_the_journal_stays_small(pair: tuple[Slow, Slow]):
    for number in range(24):
        async with pair[number % 2].transaction() as tx:
            await tx.run_many(INSERT, [row(f"{number}-{part}", body=bytes(900)) for part in range(900)])
    for db in pair:
        while db._disk.moving:
            await db._change()
    await write(pair[0], "after")
    assert Path(f"{pair[0]._path}-wal").stat().st_size < 16_000_000  # some 24 MB were written
    async with pair[1].reading() as tx:
        assert (await tx.one(COUNT)).count == 24 * 900 + 1


@pytest.mark.parametrize("acknowledged", [1, 200])
async def test_a_worker_killed_in_its_turn_stops_nobody_and_loses_nothing(sqlite_url: str, acknowledged: int):
    await _prepare(sqlite_url)
    shared = f"{sqlite_url}?shared"
    killed = Writer(shared, "killed", tasks=16, units=10_000, rows=3)
    beside = Writer(shared, "beside", tasks=16, units=60, rows=3)
    killed.wait_for(acknowledged)
    killed.kill()
    assert killed.end() == -signal.SIGKILL
    assert beside.end() == 0
    found = await _ids_after(sqlite_url)
    assert killed.rows_acknowledged() | beside.rows_acknowledged() <= found
    assert len(beside.acknowledged) == 16 * 60
    units = {key.rsplit("-", 1)[0] for key in found if key.startswith(("killed", "beside"))}
    assert all(f"{unit}-{part}" in found for unit in units for part in range(3))  # no unit by half


async def test_a_shared_file_is_named_so_when_it_is_opened(sqlite_url: str):
    assert open_database(sqlite_url, shared=True).shared
    assert not open_database(sqlite_url).shared
    assert open_database("postgresql://somewhere/accord").shared
