"""SQLite's group commit: what shares a COMMIT, who waits for the disk, and what a unit may not do."""

import asyncio
import sqlite3
import stat
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from foundation.database import UnitSuspendedError, open_database
from foundation.errors import StorageUnavailableError
from foundation.sqlite import SqliteDatabase
from tests.foundation.probes import INSERT, SELECT, create_probes, ids, row, write


class Watched(SqliteDatabase):
    """Counts the COMMITs, and holds the disk back when told to."""

    def __init__(self, path: str) -> None:
        self.deaths: list[BaseException] = []
        super().__init__(path, fatal=self.deaths.append)
        self.commits = self.syncs = self.checkpoints = 0
        self.held = threading.Event()
        self.go_on = threading.Event()
        self.go_on.set()
        self.refusal: sqlite3.Error | None = None
        self.unsynced: OSError | None = None
        self.unmoved: sqlite3.Error | None = None

    def commit(self) -> None:
        self.commits += 1
        if self.refusal is not None:
            refusal, self.refusal = self.refusal, None
            raise refusal
        super().commit()

    def sync(self) -> None:
        self.syncs += 1
        self.held.set()
        assert self.go_on.wait(20)
        if self.unsynced is not None:
            raise self.unsynced
        super().sync()

    def checkpoint(self) -> None:
        self.checkpoints += 1
        if self.unmoved is not None:
            raise self.unmoved
        super().checkpoint()

    def hold(self) -> None:
        self.held.clear()
        self.go_on.clear()

    async def moved(self) -> None:
        """Wait until no checkpoint is under way."""
        while self._disk.moving:
            await self._change()


@pytest.fixture
async def watched(sqlite_url: str, often_moved: None) -> AsyncIterator[Watched]:
    db = Watched(sqlite_url.removeprefix("sqlite:///"))
    await db.start()
    await create_probes(db)
    db.commits = 0
    yield db
    await db.stop()


async def _held(db: Watched) -> None:
    assert await asyncio.to_thread(db.held.wait, 20)


async def _until(holds: Callable[[], bool]) -> None:
    """Let the loop turn until something holds, however many turns a busy machine makes of it."""
    async with asyncio.timeout(30):
        while not holds():  # noqa: ASYNC110  # what is awaited is a state of the database, which sets no event
            await asyncio.sleep(0)


async def test_units_that_arrive_together_share_one_commit(watched: Watched):
    await asyncio.gather(*(write(watched, f"{number:03}") for number in range(64)))
    assert watched.commits == 1


async def test_units_that_arrive_while_the_disk_works_share_the_next_commit(watched: Watched):
    watched.hold()
    first = asyncio.create_task(write(watched, "first"))
    await _held(watched)
    later = [asyncio.create_task(write(watched, f"{number:03}")) for number in range(100)]
    await _until(lambda: watched.writer.in_transaction)  # their statements run already
    await asyncio.sleep(0.05)
    assert watched.commits == 1
    watched.go_on.set()
    await asyncio.gather(first, *later)
    assert watched.commits == 2
    assert len(await ids(watched)) == 101


async def test_one_unit_alone_is_one_commit(watched: Watched):
    for number in range(5):
        await write(watched, str(number))
    assert watched.commits == 5


async def test_nobody_is_answered_before_the_sync_that_covers_them(watched: Watched):
    watched.hold()
    tasks = [asyncio.create_task(write(watched, f"{number}")) for number in range(8)]
    await _held(watched)
    reader = asyncio.create_task(ids(watched))
    late = asyncio.create_task(write(watched, "late"))
    settled = asyncio.create_task(watched.settled())
    await asyncio.sleep(0.1)
    assert not any(task.done() for task in [*tasks, reader, late, settled])  # the loop still turning
    watched.go_on.set()
    await asyncio.gather(*tasks)
    assert len(await reader) == 8  # what was on its way to the disk, told once it was there
    await settled
    await late
    assert len(await ids(watched)) == 9


async def test_who_answers_after_a_unit_of_her_own_reads_ahead_of_the_disk(watched: Watched):
    watched.hold()
    task = asyncio.create_task(write(watched, "b"))
    await _held(watched)
    async with watched.reading(ahead=True) as tx:
        assert (await tx.one(SELECT, id="b")).id == "b"
    assert not task.done()
    watched.go_on.set()
    await task


async def test_when_all_is_on_the_disk_there_is_nothing_to_wait_for(watched: Watched):
    await write(watched, "a")
    watched.hold()
    async with asyncio.timeout(30):
        await watched.settled()
        assert await ids(watched) == {"a"}
    watched.go_on.set()


async def test_one_sync_covers_the_groups_that_ended_while_another_was_under_way(watched: Watched):
    watched.hold()
    first = asyncio.create_task(write(watched, "first"))
    await _held(watched)
    before = watched.syncs

    async def long(name: str) -> None:  # a long unit ends its group at once
        async with watched.transaction() as tx:
            await tx.run_many(INSERT, [row(f"{name}-{number:03}") for number in range(150)])

    later = [asyncio.create_task(long(name)) for name in "abc"]
    await _until(lambda: watched.commits == 4)
    watched.go_on.set()
    await asyncio.gather(first, *later)
    assert watched.syncs == before + 1


async def test_a_refused_commit_fails_every_unit_of_the_group_and_the_next_works(watched: Watched):
    watched.refusal = sqlite3.OperationalError("disk I/O error")
    group = [asyncio.create_task(write(watched, f"{number}")) for number in range(8)]
    await asyncio.sleep(0)
    late = asyncio.create_task(write(watched, "late"))
    outcomes = await asyncio.gather(*group, return_exceptions=True)
    assert all(isinstance(outcome, StorageUnavailableError) for outcome in outcomes)
    assert len({id(outcome) for outcome in outcomes}) == 8  # one error each: tracebacks do not mix
    await late
    assert await ids(watched) == {"late"}
    assert watched.deaths == []


async def test_a_unit_that_awaits_something_else_is_found_when_another_begins(watched: Watched):
    async def sleeper() -> None:
        async with watched.transaction() as tx:
            await tx.run(INSERT, **row("sleeper"))
            await asyncio.sleep(0)
            await tx.run(INSERT, **row("sleeper 2"))

    outcomes = await asyncio.gather(sleeper(), write(watched, "neighbour"), return_exceptions=True)
    assert isinstance(outcomes[0], UnitSuspendedError)
    assert outcomes[1] is None
    assert await ids(watched) == {"neighbour"}


async def test_a_unit_that_awaits_something_else_is_found_when_its_group_ends(watched: Watched):
    with pytest.raises(UnitSuspendedError):
        async with watched.transaction() as tx:
            await tx.run(INSERT, **row("sleeper"))
            await asyncio.sleep(0.01)
    with pytest.raises(UnitSuspendedError):
        async with watched.transaction() as tx:
            await asyncio.sleep(0.01)
            await tx.run_many(INSERT, [row("sleeper")])
    assert await ids(watched) == set()


async def test_a_suspended_units_own_error_is_not_hidden(watched: Watched):
    with pytest.raises(ZeroDivisionError):
        async with watched.transaction() as tx:
            await tx.run(INSERT, **row("sleeper"))
            await asyncio.sleep(0.01)
            raise ZeroDivisionError
    assert await ids(watched) == set()


async def test_a_unit_inside_a_unit_is_a_suspension(watched: Watched):
    with pytest.raises(UnitSuspendedError):
        async with watched.transaction() as outer:
            await outer.run(INSERT, **row("outer"))
            await write(watched, "inner")
    assert await ids(watched) == {"inner"}


async def test_a_cancelled_unit_is_still_committed_with_its_group(watched: Watched):
    watched.hold()
    tasks = [asyncio.create_task(write(watched, f"{number}")) for number in range(3)]
    await _held(watched)
    waiting = asyncio.create_task(write(watched, "of the next group"))
    never = asyncio.create_task(write(watched, "never begun"))
    never.cancel()
    await asyncio.sleep(0)
    tasks[1].cancel()
    waiting.cancel()
    await asyncio.sleep(0)
    watched.go_on.set()
    outcomes = await asyncio.gather(*tasks, waiting, never, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [
        type(None),
        asyncio.CancelledError,
        type(None),
        asyncio.CancelledError,
        asyncio.CancelledError,
    ]
    await write(watched, "last")
    assert await ids(watched) == {"0", "1", "2", "of the next group", "last"}


async def test_a_group_whose_units_all_failed_commits_nothing(watched: Watched):
    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            async with watched.transaction() as tx:
                await tx.run(INSERT, **row("a"))
                raise ZeroDivisionError
        await asyncio.sleep(0)
    assert watched.commits == 0
    assert not watched.writer.in_transaction


async def test_the_journal_is_moved_into_the_file_as_it_grows(watched: Watched, sqlite_url: str):
    journal = Path(sqlite_url.removeprefix("sqlite:///") + "-wal")
    body = b"x" * 500
    for turn in range(30):
        async with watched.transaction() as tx:
            await tx.run_many(INSERT, [row(f"{turn:02}-{number:03}", body=body) for number in range(300)])
    assert 3 <= watched.checkpoints <= 10
    assert journal.stat().st_size < 6_000_000  # it was reused: 9,000 rows of 500 bytes, with their pages


def _failed_fsync() -> sqlite3.Error:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR_FSYNC
    return error


async def test_a_failed_fsync_ends_the_process_whoever_meets_it(watched: Watched):
    watched.refusal = _failed_fsync()
    with pytest.raises(StorageUnavailableError):
        await write(watched, "not known to be kept")
    assert len(watched.deaths) == 1
    watched.unsynced = OSError(5, "Input/output error")
    with pytest.raises(StorageUnavailableError):
        await write(watched, "not known to be kept either")
    assert len(watched.deaths) == 2
    watched.unsynced = None
    watched.unmoved = _failed_fsync()
    async with watched.transaction() as tx:
        await tx.run_many(INSERT, [row(f"{number:04}") for number in range(4_000)])
    await watched.moved()
    await write(watched, "after the checkpoint")
    assert len(watched.deaths) >= 3


async def test_a_checkpoint_that_fails_otherwise_is_tried_again(watched: Watched):
    watched.unmoved = sqlite3.OperationalError("database is locked")
    for turn in range(3):
        async with watched.transaction() as tx:
            await tx.run_many(INSERT, [row(f"{turn}-{number:04}") for number in range(4_000)])
        await watched.moved()
    await write(watched, "after")
    assert watched.checkpoints == 3
    assert watched.deaths == []
    assert len(await ids(watched)) == 12_001


async def test_stopping_waits_for_what_is_under_way(sqlite_url: str):
    db = Watched(sqlite_url.removeprefix("sqlite:///"))
    await db.start()
    await create_probes(db)
    db.hold()
    tasks = [asyncio.create_task(write(db, f"{number}")) for number in range(4)]
    await asyncio.sleep(0)
    threading.Timer(0.1, db.go_on.set).start()
    await db.stop()
    await asyncio.gather(*tasks)
    again = open_database(sqlite_url)
    await again.start()
    assert len(await ids(again)) == 4
    await again.stop()


async def test_stopping_waits_for_units_that_still_wait_for_the_writer(sqlite_url: str):
    db = Watched(sqlite_url.removeprefix("sqlite:///"))
    await db.start()
    await create_probes(db)
    db.hold()
    first = asyncio.create_task(write(db, "first"))
    await _held(db)
    waiting = [asyncio.create_task(write(db, f"{number}")) for number in range(4)]
    await asyncio.sleep(0)
    threading.Timer(0.1, db.go_on.set).start()
    await db.stop()
    async with asyncio.timeout(5):
        await asyncio.gather(first, *waiting)


async def test_the_file_is_for_its_owner_alone_and_its_folder_is_made(tmp_path: Path):
    db = open_database(f"sqlite:///{tmp_path}/made/accord.sqlite3")
    await db.start()
    await create_probes(db)
    for file in (tmp_path / "made").iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    await db.stop()


async def test_the_writer_is_durable_and_reads_cannot_write(watched: Watched):
    pragma = watched.writer.execute
    assert pragma("PRAGMA journal_mode").fetchone() == ("wal",)
    assert pragma("PRAGMA synchronous").fetchone() == (1,)  # NORMAL, and a sync of ours after each COMMIT
    assert pragma("PRAGMA foreign_keys").fetchone() == (1,)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        watched._reader.execute("DELETE FROM probe")


@pytest.mark.parametrize("what", ["folder", "garbage", "missing folder that cannot be made"])
async def test_what_is_not_a_database_is_said_at_the_start(tmp_path: Path, what: str):
    path = tmp_path / "accord.sqlite3"
    if what == "folder":
        path.mkdir()
    elif what == "garbage":
        path.write_bytes(b"not a database" * 1000)
    else:
        path.write_text("a file")
        path = path / "below" / "accord.sqlite3"
    with pytest.raises(StorageUnavailableError):
        await open_database(f"sqlite:///{path}").start()


def test_a_url_names_a_known_engine():
    with pytest.raises(ValueError, match="sqlite:///"):
        open_database("mysql://somewhere/accord")
