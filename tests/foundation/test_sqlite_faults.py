"""SQLite on a machine that breaks: killed, full, failing to sync, written by two."""

import asyncio
import os
import resource
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from foundation import sqlite as engine
from foundation.database import ConflictError, open_database
from foundation.errors import StorageUnavailableError
from foundation.sqlite import SqliteDatabase
from tests.foundation.probes import INSERT, create_probes, ids, row, write
from tests.support import ROOT
from tests.support.skips import program

STOPPED_BY_FSYNC = 70


@pytest.fixture
async def store(sqlite_url: str) -> AsyncIterator[SqliteDatabase]:
    db = SqliteDatabase(sqlite_url.removeprefix("sqlite:///"))
    await db.start()
    await create_probes(db)
    yield db
    await db.stop()


class Writer:
    """tests.foundation.writer as a process of its own."""

    def __init__(self, url: str, prefix: str, *, tasks: int, units: int, rows: int = 1, **environment: str):
        self.rows, self._prefix = rows, f"{prefix}-"
        self._process = subprocess.Popen(  # noqa: S603  # our own program
            [sys.executable, "-m", "tests.foundation.writer", url, prefix, str(tasks), str(units), str(rows)],
            cwd=ROOT,
            env=os.environ | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.acknowledged: list[str] = []

    def wait_for(self, acknowledged: int) -> None:
        assert self._process.stdout is not None
        while len(self.acknowledged) < acknowledged:
            line = self._process.stdout.readline()
            assert line, self._process.communicate()[1]
            self.acknowledged.append(line.strip())

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)

    def end(self) -> int:
        said, errors = self._process.communicate(timeout=60)
        # A line cut by the kill was not said whole; the log speaks on the same channel.
        lines = [line for line in said.splitlines(keepends=True) if line.endswith("\n")]
        self.acknowledged += [line.strip() for line in lines if line.startswith(self._prefix)]
        if self._process.returncode not in {0, -signal.SIGKILL, STOPPED_BY_FSYNC}:
            raise AssertionError(errors)
        return self._process.returncode

    def rows_acknowledged(self) -> set[str]:
        return {f"{key}-{part}" for key in self.acknowledged for part in range(self.rows)}


async def _prepare(url: str) -> None:
    db = open_database(url)
    await db.start()
    await create_probes(db)
    await db.stop()


async def _ids_after(url: str) -> set[str]:
    """What a server started afterwards finds; the file must also be sound."""
    db = open_database(url)
    await db.start()
    found = await ids(db)
    await write(db, "the next server writes")
    await db.stop()
    with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
    return found


@pytest.mark.parametrize("acknowledged", [1, 150, 700])
async def test_kill_9_in_a_write_storm_loses_nothing_acknowledged(sqlite_url: str, acknowledged: int):
    await _prepare(sqlite_url)
    writer = Writer(sqlite_url, "w", tasks=16, units=10_000, rows=3)
    writer.wait_for(acknowledged)
    writer.kill()
    assert writer.end() == -signal.SIGKILL
    found = await _ids_after(sqlite_url)
    assert writer.rows_acknowledged() <= found
    units = {key.rsplit("-", 1)[0] for key in found}
    assert all(f"{unit}-{part}" in found for unit in units for part in range(3))  # no unit by half


class PowerCut(SqliteDatabase):
    """Knows how much of the journal is on the disk for sure: what it held when the last sync began."""

    kept = 0

    def sync(self) -> None:
        held = Path(f"{self._path}-wal").stat().st_size
        super().sync()
        self.kept = held


async def test_a_power_cut_at_any_moment_loses_nothing_acknowledged(sqlite_url: str, tmp_path: Path):
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    db = PowerCut(str(path))
    await db.start()
    await create_probes(db)
    acknowledged: set[str] = set()
    cut_off: list[tuple[Path, set[str]]] = []

    async def unit(key: str) -> None:
        await write(db, key)
        acknowledged.add(key)
        if len(acknowledged) % 40 == 0:
            copy = tmp_path / f"cut-{len(acknowledged)}.sqlite3"
            copy.write_bytes(path.read_bytes())
            journal = Path(f"{path}-wal").read_bytes()
            Path(f"{copy}-wal").write_bytes(journal[: db.kept])
            cut_off.append((copy, set(acknowledged)))

    async def task(name: int) -> None:
        for number in range(50):
            await unit(f"{name}-{number}")

    await asyncio.gather(*(task(name) for name in range(8)))
    await db.stop()
    assert len(cut_off) == 10
    for copy, kept in cut_off:
        assert kept <= await _ids_after(f"sqlite:///{copy}")


@pytest.fixture
def shim(tmp_path: Path) -> Path:
    """A library that makes fsync fail, built on the spot."""
    library = tmp_path / "fsync_fails.so"
    source = Path(__file__).with_name("fsync_fails.c")
    compiler = [program("gcc"), "-shared", "-fPIC", "-Wall", "-Werror", "-o", library, source, "-ldl"]
    subprocess.run(compiler, check=True)  # noqa: S603  # our own source
    return library


@pytest.mark.parametrize(
    ("failing", "rows"),
    [pytest.param("-wal", 1, id="journal"), pytest.param("accord.sqlite3", 20, id="checkpoint")],
)
async def test_a_failed_fsync_stops_the_process_and_loses_nothing_acknowledged(
    sqlite_url: str, tmp_path: Path, shim: Path, failing: str, rows: int
):
    now = tmp_path / "now"
    await _prepare(sqlite_url)
    writer = Writer(
        sqlite_url,
        "w",
        tasks=8,
        units=1_000,
        rows=rows,
        LD_PRELOAD=str(shim),
        FAULT_WHEN=str(now),
        FAULT_NAME=failing,
    )
    writer.wait_for(100)
    now.touch()
    assert writer.end() == STOPPED_BY_FSYNC
    assert len(writer.acknowledged) < 8 * 1_000
    assert writer.rows_acknowledged() <= await _ids_after(sqlite_url)


async def test_a_second_process_writes_beside_the_server(store: SqliteDatabase, sqlite_url: str):
    beside = Writer(sqlite_url, "beside", tasks=2, units=40)

    async def server(task: int) -> None:
        for unit in range(100):
            await write(store, f"server-{task}-{unit}")

    await asyncio.gather(*(server(task) for task in range(8)), asyncio.to_thread(beside.wait_for, 80))
    assert await asyncio.to_thread(beside.end) == 0
    found = await ids(store)
    assert len(found) == 880
    assert beside.rows_acknowledged() <= found


async def test_a_lock_held_for_a_moment_is_waited_for_and_one_held_too_long_is_said(
    store: SqliteDatabase, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
):
    beside = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    beside.execute("BEGIN IMMEDIATE")
    waiting = asyncio.create_task(write(store, "waits"))
    await asyncio.sleep(0.05)
    assert not waiting.done()
    assert await ids(store) == set()  # readers do not wait
    beside.execute("ROLLBACK")
    await waiting
    beside.execute("BEGIN IMMEDIATE")
    monkeypatch.setattr(engine, "PATIENCE_SECONDS", 0.05)
    with pytest.raises(StorageUnavailableError):
        await write(store, "refused")
    beside.execute("ROLLBACK")
    beside.close()
    await write(store, "works again")
    assert await ids(store) == {"waits", "works again"}


async def test_a_full_database_fails_the_whole_group_and_recovers(store: SqliteDatabase):
    pages = store.writer.execute("PRAGMA page_count").fetchone()[0]
    store.writer.execute(f"PRAGMA max_page_count={pages + 8}")

    async def unit(number: int) -> str:
        async with store.transaction() as tx:
            await tx.run(INSERT, **row(f"{number:02}", body=bytes(12_000)))
            return "kept"

    outcomes = await asyncio.gather(*(unit(number) for number in range(12)), return_exceptions=True)
    # The units before the one that found it full had ended, and waited for the same COMMIT.
    assert outcomes[0].__class__ is StorageUnavailableError
    refused = {number for number, outcome in enumerate(outcomes) if outcome != "kept"}
    assert all(isinstance(outcomes[number], StorageUnavailableError) for number in refused)
    kept = {f"{number:02}" for number in range(12) if number not in refused}
    assert await ids(store) == kept

    store.writer.execute("PRAGMA max_page_count=1000000")
    await write(store, "after", body=bytes(12_000))
    assert await ids(store) == {*kept, "after"}


async def test_a_unit_that_goes_on_after_the_group_was_lost_writes_nothing(store: SqliteDatabase):
    pages = store.writer.execute("PRAGMA page_count").fetchone()[0]
    store.writer.execute(f"PRAGMA max_page_count={pages}")
    with pytest.raises(StorageUnavailableError):
        async with store.transaction() as tx:
            with pytest.raises(StorageUnavailableError):
                await tx.run(INSERT, **row("too big", body=bytes(100_000)))
            assert not store.writer.in_transaction  # a statement now would commit by itself
            with pytest.raises(StorageUnavailableError):
                await tx.run(INSERT, **row("small"))
    assert await ids(store) == set()


@pytest.fixture
def file_limit() -> Iterator[None]:
    """Files of this process cannot grow beyond 400 kB: writes fail, as on a broken disk (EFBIG)."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


async def test_a_write_error_fails_those_it_concerns_and_the_next_group_works(
    store: SqliteDatabase, file_limit: None
):
    await write(store, "before")
    group = [write(store, f"{number}", body=bytes(200_000)) for number in range(4)]
    outcomes = await asyncio.gather(*group, return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {StorageUnavailableError}
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    await write(store, "after", body=bytes(200_000))
    assert await ids(store) == {"before", "after"}


async def test_a_foreign_key_that_waits_for_the_commit_fails_its_group_alone(store: SqliteDatabase):
    store.writer.execute("CREATE TABLE late (id TEXT REFERENCES probe (id) DEFERRABLE INITIALLY DEFERRED)")
    with pytest.raises(StorageUnavailableError):
        async with store.transaction() as tx:
            await tx.run(INSERT, **row("a"))
            store.writer.execute("INSERT INTO late VALUES ('nobody')")
    await write(store, "after")
    assert await ids(store) == {"after"}


async def _unit_of(store: SqliteDatabase, key: str, rows: int) -> None:
    async with store.transaction() as tx:
        for _ in range(rows):
            await tx.run(INSERT, **row(key))


async def test_a_writer_that_can_neither_keep_nor_undo_ends_the_process(store: SqliteDatabase):
    deaths: list[BaseException] = []
    store.fatal = deaths.append
    real = store.writer
    store.writer = _Spoiled(real, "ROLLBACK")  # type: ignore[assignment]  # a connection that refuses one statement
    with pytest.raises(ConflictError):
        await _unit_of(store, "twice", 2)
    await asyncio.sleep(0)
    assert [str(death) for death in deaths] == ["refused: ROLLBACK"]
    store.writer = real
    real.execute("ROLLBACK")


class _Spoiled:
    def __init__(self, connection: sqlite3.Connection, refused: str) -> None:
        self._connection, self._refused = connection, refused

    def execute(self, sql: str, *arguments: object) -> sqlite3.Cursor:
        if sql == self._refused:
            raise sqlite3.OperationalError(f"refused: {sql}")
        return self._connection.execute(sql, *arguments)

    def __getattr__(self, name: str) -> object:
        return getattr(self._connection, name)
