"""SQLite: one writer connection, serial units, group commit.

Statements run on the event loop's thread (a hop to another thread costs more than a statement), COMMIT too:
what waits for the disk is the fdatasync that follows it, on a thread of its own (sqlite_journal.py). Units
that arrive meanwhile share the next group, so one sync carries many, and their statements run while the disk
works. Nobody is answered before the sync that covers them, and nobody who reads before
what she read is durable.

A unit's failure does not hurt its neighbours. A savepoint for each would copy every page it is the first to
touch, and hardly any unit fails after it wrote: so the group is rolled back instead, and what its other units
wrote is written again. They ran one after the other and the write lock was never anybody else's, so that is
the very state they left.

Several processes may serve one file (`shared`): groups then take turns (sqlite_turns.py) and are short, and
who reads what a neighbour wrote waits for a sync of our own, which covers the whole journal.

A unit never suspends: between its first and last statement no other task runs, which is what makes units
serial without a lock. A unit that awaits something else is found out when the next unit begins or the
group ends; it is rolled back and told so.
"""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from foundation.database import Database, Transaction, UnitSuspendedError
from foundation.errors import StorageUnavailableError
from foundation.sqlite_disk import Disk, Waiting, answer
from foundation.sqlite_driver import (
    Written,
    connect,
    is_busy,
    is_failed_fsync,
    stop_process,
)
from foundation.sqlite_journal import Journal
from foundation.sqlite_turns import PATIENCE_SECONDS, Alone, Turns
from foundation.sqlite_units import Reading, Unit

_BUSY_PAUSE_SECONDS = 0.005
# A unit of more rows than this is the last of its group: nobody's failure makes it run twice.
_LONG_UNIT_ROWS = 100


class SqliteDatabase(Database):
    """One file, beside which the command line may work. shared: other processes serve it, too."""

    dialect = "sqlite"
    writer: sqlite3.Connection

    def __init__(
        self,
        path: str,
        *,
        shared: bool = False,
        fatal: Callable[[BaseException], None] = stop_process,
    ) -> None:
        self._path = path
        self.shared = shared
        self.fatal = fatal
        self.running: Unit | None = None  # the unit whose statements run now
        self._open = False  # BEGIN was run for the current group
        self._group: Waiting = []  # units of it that ended
        self._written: list[Written] = []  # what they wrote
        self._held = False  # no group may begin: the rest of the journal is moved
        self._waiting: Waiting = []  # who waits for something here to change

    async def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.writer = connect(self._path, readonly=False)
        self._reader = connect(self._path, readonly=True)
        self._turns = Turns(self._path, self._crowd, self._turn_came) if self.shared else Alone()
        self._disk = Disk(self, Journal(self._path), self._reader if self.shared else None)
        self._reading, self._looking = Reading(self._reader, self), Reading(self._reader, None)

    async def stop(self) -> None:
        while self._open or self._disk.at_work:
            # A group that is open ends in one of the loop's next callbacks.
            await (self._change() if self._disk.at_work else asyncio.sleep(0))
        await self._turns.close()
        self._disk.close()
        self._reader.close()
        self.writer.close()

    def transaction(self, *, single: bool = False) -> AbstractAsyncContextManager[Transaction]:  # noqa: ARG002  # a group is one anyway
        return Unit(self)

    def reading(self, *, ahead: bool = False) -> AbstractAsyncContextManager[Transaction]:
        return self._looking if ahead else self._reading

    async def settled(self) -> None:
        await self._disk.settled()

    # --- a unit, on the loop's thread ----------------------------------------------------------------

    async def begin(self, unit: Unit) -> None:
        """Wait for the writer to be free; it is the unit's from then on."""
        while self._held or not self._open or self.running is not None:
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
            self.end_group()
        await kept

    def break_off(self, cause: Exception) -> None:
        """The running unit ends here: what it wrote is gone, and it can do nothing more."""
        self.stop_if_unsynced(cause)
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
                self.stop_if_unsynced(error)
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
        patience = self._loop.time() + PATIENCE_SECONDS
        while self._held or not (self._open or self._begin_group(patience)):
            if self._held or self._turns.waiting:
                await self._change()
            else:
                # The command line holds the write lock for a moment: wait without stopping the loop.
                await asyncio.sleep(_BUSY_PAUSE_SECONDS)

    def _change(self) -> asyncio.Future[None]:
        change = self._loop.create_future()
        self._waiting.append(change)
        return change

    def _crowd(self) -> int:
        return len(self._waiting)

    def _turn_came(self) -> None:
        self.wake()
        self._loop.call_soon(self._leave_turn)  # after those just woken, who may need it no more

    def _leave_turn(self) -> None:
        if not self._open:
            self._turns.end()

    def _begin_group(self, patience: float) -> bool:
        """Open a group; False while another process holds the write lock."""
        if not self._turns.take():
            if self._loop.time() >= patience:
                raise StorageUnavailableError("another server does not end its turn to write")
            return False
        try:
            self.writer.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            self._turns.end()
            if is_busy(error) and self._loop.time() < patience:
                return False
            self.stop_if_unsynced(error)
            raise StorageUnavailableError(f"no writer: {error}") from error
        self._open = True
        if self.shared or not self._disk.syncing:
            # Runs after the units already woken in this turn of the loop: they share the group.
            # While the disk works the group stays open instead, and ends when the disk is free.
            # Unless a neighbour may be waiting to write meanwhile.
            self._loop.call_soon(self.end_group)
        return True

    def end_group(self) -> None:
        """COMMIT the group that is open, if one is."""
        if not self._open:
            return  # the group failed as a whole before its turn came
        self._expel()
        if not self._group:
            self._give_up_group("nothing to keep")
            return
        try:
            self.commit()
        except sqlite3.Error as error:
            self.stop_if_unsynced(error)
            self._give_up_group(f"not committed: {error}")
            return
        self._turns.end()
        group, self._group, self._written, self._open = self._group, [], [], False
        self._disk.committed(group)

    def _give_up_group(self, failure: str) -> None:
        """Roll back whatever is left of the group, and tell every unit that waits for its COMMIT."""
        group, self._group, self._open = self._group, [], False
        self._written = []
        self._roll_back()
        self._turns.end()
        answer(group, failure)

    def _roll_back(self) -> None:
        if self.writer.in_transaction:
            try:
                self.writer.execute("ROLLBACK")
            except sqlite3.Error as error:
                self.fatal(error)  # a writer that can neither keep nor undo serves nobody

    def stop_if_unsynced(self, error: Exception) -> None:
        """End the process where a disk did not take what it was given."""
        if is_failed_fsync(error):
            self.fatal(error)

    def wake(self) -> None:
        """Something changed for those who wait here."""
        waiting, self._waiting = self._waiting, []
        answer(waiting)

    # --- for the disk (sqlite_disk.py) -----------------------------------------------------------------

    def pause(self) -> None:
        """End the group, and begin none until `resume`."""
        self.end_group()
        self._held = True

    def resume(self) -> None:
        """Groups may begin again."""
        self._held = False
        self.wake()

    def checkpoint_alone(self) -> None:
        """`checkpoint`, while no neighbour writes (in a thread)."""
        with self._turns.alone():
            self.checkpoint()

    # --- seams where tests inject faults ---------------------------------------------------------------

    def commit(self) -> None:
        """COMMIT the group: it is in the journal then, and not yet on the disk."""
        self.writer.execute("COMMIT")

    def sync(self) -> None:
        """Wait for the disk (in a thread)."""
        self._disk.sync()

    def checkpoint(self) -> None:
        """Move the journal into the database file (in a thread)."""
        self._disk.checkpoint()
