"""SQLite: one writer connection, serial units, group commit.

Statements run on the event loop's thread (a hop to another thread costs more than the statement); only
COMMIT, which waits for the disk, runs on a helper thread. Units that arrive during a COMMIT share the next
group, so one fsync carries many. Each unit has a savepoint of its own: its failure does not hurt its
neighbours. Nobody is answered before the fsync that covers them.

A unit never suspends: between its first and last statement no other task runs, which is what makes units
serial without a lock. A unit that awaits something else is found out when the next unit begins or the
group ends; it is rolled back and told so.
"""

import asyncio
import os
import queue
import sqlite3
import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import structlog

from foundation.database import ConflictError, Database, Transaction
from foundation.errors import StorageUnavailableError
from foundation.statements import Statement

RowT = TypeVar("RowT", bound=tuple[Any, ...])

# After one of these, what reached the disk is unknown and a retry may lie: the process must end
# (the kernel may have dropped the dirty pages it failed to write).
_FSYNC_FAILURES = {sqlite3.SQLITE_IOERR_FSYNC, sqlite3.SQLITE_IOERR_DIR_FSYNC}
_BUSY_PATIENCE_SECONDS = 5.0
_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "cache_size=-65536",
    "temp_store=MEMORY",
)

log = structlog.get_logger("storage")


class UnitSuspendedError(RuntimeError):
    """A unit awaited something other than its own statements; it was rolled back."""


def stop_process(error: BaseException) -> None:
    """The answer to a failed fsync: end now, recover from the journal at the next start."""
    log.critical("fsync_failed", error=type(error).__name__)
    os._exit(70)  # EX_SOFTWARE; no clean-up may pretend that the last group was kept


def _connect(path: str, *, readonly: bool) -> sqlite3.Connection:
    mode = "ro" if readonly else "rwc"
    uri = f"{Path(path).resolve().as_uri()}?mode={mode}"
    connection = sqlite3.connect(
        uri, uri=True, isolation_level=None, check_same_thread=False, timeout=0, cached_statements=512
    )
    for pragma in _PRAGMAS[1:] if readonly else _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    return connection


class _Statements(Transaction):
    """Runs statements on one sqlite3 connection; never suspends."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def _execute(self, statement: Statement[Any], values: dict[str, Any]) -> sqlite3.Cursor:
        compiled = statement.compiled_for("sqlite")
        try:
            return self._connection.execute(compiled.sql, compiled.arguments(values))
        except sqlite3.IntegrityError as error:
            raise ConflictError(str(error)) from error
        except sqlite3.Error as error:
            raise _unavailable(error) from error

    async def all(self, statement: Statement[RowT], **values: Any) -> list[RowT]:  # noqa: ANN401  # column values
        return [statement.shape(row) for row in self._execute(statement, values).fetchall()]

    async def first(self, statement: Statement[RowT], **values: Any) -> RowT | None:  # noqa: ANN401  # column values
        # Read to the end: a statement left open would keep a RETURNING write unfinished.
        rows = self._execute(statement, values).fetchall()
        return statement.shape(rows[0]) if rows else None

    async def run(self, statement: Statement[Any], **values: Any) -> int:  # noqa: ANN401  # column values
        return self._execute(statement, values).rowcount

    async def run_many(self, statement: Statement[Any], rows: Sequence[dict[str, Any]]) -> None:
        compiled = statement.compiled_for("sqlite")
        try:
            self._connection.executemany(compiled.sql, [compiled.arguments(row) for row in rows])
        except sqlite3.IntegrityError as error:
            raise ConflictError(str(error)) from error
        except sqlite3.Error as error:
            raise _unavailable(error) from error


class _Unit(_Statements, AbstractAsyncContextManager[Transaction]):
    """One unit of work in the current group."""

    def __init__(self, database: "SqliteDatabase") -> None:
        super().__init__(database.writer)
        self._database = database
        self.suspended = False

    def _execute(self, statement: Statement[Any], values: dict[str, Any]) -> sqlite3.Cursor:
        if self.suspended:
            raise UnitSuspendedError("a unit may await only its own statements")
        return super()._execute(statement, values)

    async def __aenter__(self) -> Transaction:
        await self._database.begin(self)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.suspended:
            raise UnitSuspendedError("a unit may await only its own statements") from error
        await self._database.end(keep=error is None)


class _Reading(_Statements, AbstractAsyncContextManager[Transaction]):
    async def __aenter__(self) -> Transaction:
        return self

    async def __aexit__(self, *exception: object) -> None:
        return None


class SqliteDatabase(Database):
    """One file; one server process beside which the command line may work."""

    dialect = "sqlite"
    writer: sqlite3.Connection

    def __init__(self, path: str, *, fatal: Callable[[BaseException], None] = stop_process) -> None:
        self._path = path
        self._fatal = fatal
        self._unit: _Unit | None = None  # the unit whose statements run now
        self._group: list[asyncio.Future[None]] = []  # units that ended and wait for the COMMIT
        self._open = False  # BEGIN was run for the current group
        self._committing = False
        self._waiting: list[asyncio.Future[None]] = []  # units that wait for a COMMIT to be over
        self._jobs: queue.SimpleQueue[list[asyncio.Future[None]] | None] = queue.SimpleQueue()

    async def start(self) -> None:
        Path(self._path).parent.mkdir(parents=True, exist_ok=True)
        self.writer = _connect(self._path, readonly=False)
        self._reader = _connect(self._path, readonly=True)
        self._loop = asyncio.get_running_loop()
        self._committer = threading.Thread(target=self._commit_groups, name="sqlite-commit", daemon=True)
        self._committer.start()

    async def stop(self) -> None:
        while self._open:  # noqa: ASYNC110  # a turn of the loop, not a poll
            await asyncio.sleep(0)  # the group's end is already among the loop's next callbacks
        while self._committing:
            turn = self._loop.create_future()
            self._waiting.append(turn)
            await turn
        self._jobs.put(None)
        self._committer.join()
        self._reader.close()
        self.writer.close()

    def transaction(self) -> AbstractAsyncContextManager[Transaction]:
        return _Unit(self)

    def reading(self) -> AbstractAsyncContextManager[Transaction]:
        return _Reading(self._reader)

    async def begin(self, unit: _Unit) -> None:
        """Wait for the writer to be free, then open the unit's savepoint."""
        patience = self._loop.time() + _BUSY_PATIENCE_SECONDS
        while self._committing or not (self._open or self._begin_group(patience)):
            if self._committing:
                turn = self._loop.create_future()
                self._waiting.append(turn)
                await turn
            else:
                # The command line holds the write lock for a moment: wait without stopping the loop.
                await asyncio.sleep(0.005)
        self._expel_suspended()
        self._statement("SAVEPOINT unit")
        self._unit = unit

    def _begin_group(self, patience: float) -> bool:
        """Open a group; False while another process holds the write lock."""
        try:
            self.writer.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_BUSY and self._loop.time() < patience:
                return False
            raise _unavailable(error) from error
        self._open = True
        # Runs after the units already woken in this turn of the loop: they share the group.
        self._loop.call_soon(self._end_group)
        return True

    async def end(self, *, keep: bool) -> None:
        """Close the unit's savepoint; when it is kept, wait for the group's COMMIT."""
        self._unit = None
        if not self.writer.in_transaction:
            # SQLITE_FULL or an I/O error rolled back everything: every unit of the group fails.
            self._fail_group(StorageUnavailableError("the database rolled the group back"))
            if keep:
                raise StorageUnavailableError("the database rolled the group back")
            return
        if not keep:
            self._statement("ROLLBACK TO unit")
            self._statement("RELEASE unit")
            return
        self._statement("RELEASE unit")
        kept = self._loop.create_future()
        self._group.append(kept)
        await kept

    def _statement(self, sql: str) -> None:
        try:
            self.writer.execute(sql)
        except sqlite3.Error as error:
            raise _unavailable(error) from error

    def _expel_suspended(self) -> None:
        """A unit still open when another begins, or when the group ends, has suspended."""
        if self._unit is not None:
            self._unit.suspended = True
            self._unit = None
            self._statement("ROLLBACK TO unit")
            self._statement("RELEASE unit")

    def _end_group(self) -> None:
        if not self._open:
            return  # the group failed as a whole before its turn came
        self._expel_suspended()
        self._open = False
        group, self._group = self._group, []
        if group:
            self._committing = True
            self._jobs.put(group)
        else:
            self.writer.execute("ROLLBACK")

    def _commit_groups(self) -> None:
        """The helper thread: one COMMIT at a time, its outcome handed back to the loop."""
        while (group := self._jobs.get()) is not None:
            failure: sqlite3.Error | None = None
            try:
                self.commit()
            except sqlite3.Error as error:
                failure = error
            self._loop.call_soon_threadsafe(self._committed, group, failure)

    def commit(self) -> None:
        """COMMIT the group: the one statement that waits for the disk (a seam where tests inject faults)."""
        self.writer.execute("COMMIT")

    def _committed(self, group: list[asyncio.Future[None]], failure: sqlite3.Error | None) -> None:
        self._committing = False
        if failure is not None:
            self._after_failed_commit(failure)
        for kept in group:
            if not kept.done():
                if failure is None:
                    kept.set_result(None)
                else:
                    kept.set_exception(_unavailable(failure))
        waiting, self._waiting = self._waiting, []
        for turn in waiting:
            if not turn.done():
                turn.set_result(None)

    def _after_failed_commit(self, failure: sqlite3.Error) -> None:
        if getattr(failure, "sqlite_errorcode", None) in _FSYNC_FAILURES:
            self._fatal(failure)
        if self.writer.in_transaction:
            self.writer.execute("ROLLBACK")

    def _fail_group(self, error: Exception) -> None:
        group, self._group, self._open = self._group, [], False
        for kept in group:
            if not kept.done():
                kept.set_exception(error)


def _unavailable(error: sqlite3.Error) -> StorageUnavailableError:
    return StorageUnavailableError(f"{getattr(error, 'sqlite_errorname', 'SQLITE')}: {error}")
