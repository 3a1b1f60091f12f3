"""SQLite: one writer connection, serial units, group commit.

Statements run on the event loop's thread (a hop to another thread costs more than the statement); only
COMMIT and checkpoints, which wait for the disk, run on a helper thread. Units that arrive during a COMMIT
share the next group, so one fsync carries many. Nobody is answered before the fsync that covers them.

A unit's failure does not hurt its neighbours. A savepoint for each would copy every page it is the first to
touch, and hardly any unit fails after it wrote: so the group is rolled back instead, and what its other units
wrote is written again. They ran one after the other and the write lock was never anybody else's, so that is
the very state they left.

A unit never suspends: between its first and last statement no other task runs, which is what makes units
serial without a lock. A unit that awaits something else is found out when the next unit begins or the
group ends; it is rolled back and told so.
"""

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from foundation.database import Database, Transaction, UnitSuspendedError
from foundation.errors import StorageUnavailableError
from foundation.sqlite_driver import (
    Written,
    connect,
    is_busy,
    is_failed_fsync,
    stop_process,
)
from foundation.sqlite_units import Reading, Unit

_BUSY_PATIENCE_SECONDS = 5.0
_BUSY_PAUSE_SECONDS = 0.005
# Rows written between checkpoints: some megabytes of journal.
_CHECKPOINT_ROWS = 2_000
# A unit of more rows than this is the last of its group: nobody's failure makes it run twice.
_LONG_UNIT_ROWS = 100


class SqliteDatabase(Database):
    """One file; one server process beside which the command line may work."""

    dialect = "sqlite"
    writer: sqlite3.Connection

    def __init__(self, path: str, *, fatal: Callable[[BaseException], None] = stop_process) -> None:
        self._path = path
        self._fatal = fatal
        self.running: Unit | None = None  # the unit whose statements run now
        self._group: list[asyncio.Future[None]] = []  # units that ended and wait for the COMMIT
        self._written: list[Written] = []  # what they wrote
        self._open = False  # BEGIN was run for the current group
        self._committing = False  # the helper thread has the writer
        self._waiting: list[asyncio.Future[None]] = []  # units that wait for the writer to be free
        self._jobs: queue.SimpleQueue[list[asyncio.Future[None]] | None] = queue.SimpleQueue()

    async def start(self) -> None:
        self.writer = connect(self._path, readonly=False)
        self._reader = connect(self._path, readonly=True)
        self._reading = Reading(self._reader)
        self._loop = asyncio.get_running_loop()
        self._committer = threading.Thread(target=self._commit_groups, name="sqlite-commit", daemon=True)
        self._committer.start()

    async def stop(self) -> None:
        while self._open or self._committing:
            # A group that is open ends in one of the loop's next callbacks.
            await (self._turn() if self._committing else asyncio.sleep(0))
        self._jobs.put(None)
        self._committer.join()
        self._reader.close()
        self.writer.close()

    def transaction(self) -> AbstractAsyncContextManager[Transaction]:
        return Unit(self)

    def reading(self) -> AbstractAsyncContextManager[Transaction]:
        return self._reading

    # --- a unit, on the loop's thread ----------------------------------------------------------------

    async def begin(self, unit: Unit) -> None:
        """Wait for the writer to be free; it is the unit's from then on."""
        while self._committing or not self._open or self.running is not None:
            if self.running is None:
                await self._join_group()
            else:
                self._expel()
        unit.begun_at = self.writer.total_changes
        self.running = unit

    async def end(self, error: BaseException | None) -> None:
        """Take the writer back; without an error, wait for the group's COMMIT."""
        unit = self.running
        if error is not None or unit is None:
            self._roll_back_unit()
            return
        self.running = None
        kept = self._loop.create_future()
        self._group.append(kept)
        self._written += unit.written
        if self.writer.total_changes - unit.begun_at > _LONG_UNIT_ROWS:
            self._end_group()
        await kept

    def break_off(self, cause: Exception) -> None:
        """The running unit ends here: what it wrote is gone, and it can do nothing more."""
        self._stop_if_unsynced(cause)
        self._roll_back_unit()

    def _expel(self) -> None:
        """A unit still open when another begins, or when the group ends, has suspended."""
        if self.running is not None:
            self.running.failure = UnitSuspendedError()
            self._roll_back_unit()

    def _roll_back_unit(self) -> None:
        unit, self.running = self.running, None
        if not self.writer.in_transaction:
            # SQLITE_FULL or an I/O error rolled back everything: every unit of the group fails.
            self._give_up_group("the database rolled the group back")
        elif unit is not None and self.writer.total_changes != unit.begun_at:
            try:
                self._write_again()
            except (sqlite3.Error, StorageUnavailableError) as error:
                self._stop_if_unsynced(error)
                self._give_up_group(f"a unit could not be rolled back: {error}")

    def _write_again(self) -> None:
        """Roll the group back, and write again what its units that ended had written."""
        before = self._data_version()
        self.writer.execute("ROLLBACK")
        self.writer.execute("BEGIN IMMEDIATE")
        if self._data_version() != before:
            # The command line wrote in between: they had decided on another state.
            raise StorageUnavailableError("another process wrote in between")
        for sql, given, many in self._written:
            (self.writer.executemany if many else self.writer.execute)(sql, given)

    def _data_version(self) -> int:
        """Changes when another connection has written."""
        version: int = self.writer.execute("PRAGMA data_version").fetchone()[0]
        return version

    # --- a group, on the loop's thread ---------------------------------------------------------------

    async def _join_group(self) -> None:
        patience = self._loop.time() + _BUSY_PATIENCE_SECONDS
        while self._committing or not (self._open or self._begin_group(patience)):
            if self._committing:
                await self._turn()
            else:
                # The command line holds the write lock for a moment: wait without stopping the loop.
                await asyncio.sleep(_BUSY_PAUSE_SECONDS)

    def _turn(self) -> asyncio.Future[None]:
        turn = self._loop.create_future()
        self._waiting.append(turn)
        return turn

    def _begin_group(self, patience: float) -> bool:
        """Open a group; False while another process holds the write lock."""
        try:
            self.writer.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            if is_busy(error) and self._loop.time() < patience:
                return False
            self._stop_if_unsynced(error)
            raise StorageUnavailableError(f"no writer: {error}") from error
        self._open = True
        # Runs after the units already woken in this turn of the loop: they share the group.
        self._loop.call_soon(self._end_group)
        return True

    def _end_group(self) -> None:
        if not self._open:
            return  # the group failed as a whole before its turn came
        self._expel()
        if self._group:
            self._open, self._committing = False, True
            self._jobs.put(self._group)
            self._group, self._written = [], []
        else:
            self._give_up_group("nothing to keep")

    def _give_up_group(self, failure: str) -> None:
        """Roll back whatever is left of the group, and tell every unit that waits for its COMMIT."""
        group, self._group, self._open = self._group, [], False
        self._written = []
        self._roll_back()
        self._answer(group, failure)

    def _roll_back(self) -> None:
        if self.writer.in_transaction:
            try:
                self.writer.execute("ROLLBACK")
            except sqlite3.Error as error:
                self._fatal(error)  # a writer that can neither keep nor undo serves nobody

    def _stop_if_unsynced(self, error: Exception) -> None:
        if is_failed_fsync(error):
            self._fatal(error)

    @staticmethod
    def _answer(waiting: list[asyncio.Future[None]], failure: str = "") -> None:
        for future in waiting:
            if future.done():
                continue  # its task was cancelled meanwhile
            if failure:
                future.set_exception(StorageUnavailableError(failure))
            else:
                future.set_result(None)

    def _committed(self, group: list[asyncio.Future[None]], refused: Exception | None) -> None:
        if refused is not None:
            self._stop_if_unsynced(refused)
            self._roll_back()
        self._answer(group, f"not committed: {refused}" if refused else "")

    def _free_writer(self, refused: Exception | None) -> None:
        if refused is not None:
            self._stop_if_unsynced(refused)  # a checkpoint that failed otherwise is tried again later
        self._committing = False
        waiting, self._waiting = self._waiting, []
        self._answer(waiting)

    # --- the helper thread ---------------------------------------------------------------------------

    def _commit_groups(self) -> None:
        """One COMMIT at a time, its outcome handed back to the loop; then a checkpoint, where one is due."""
        checkpointed = 0
        while (group := self._jobs.get()) is not None:
            refused = self._attempt(self.commit)
            self._loop.call_soon_threadsafe(self._committed, group, refused)
            unmoved = None
            if refused is None and self.writer.total_changes - checkpointed >= _CHECKPOINT_ROWS:
                checkpointed = self.writer.total_changes
                unmoved = self._attempt(self.checkpoint)
            self._loop.call_soon_threadsafe(self._free_writer, unmoved)

    @staticmethod
    def _attempt(work: Callable[[], None]) -> Exception | None:
        try:
            work()
        except Exception as error:  # whatever it is, someone on the loop waits to be told
            return error
        return None

    def commit(self) -> None:
        """COMMIT the group: the statement that waits for the disk (a seam where tests inject faults)."""
        self.writer.execute("COMMIT")

    def checkpoint(self) -> None:
        """Move the journal into the database file."""
        self.writer.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
