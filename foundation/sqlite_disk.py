"""What was committed on SQLite, on its way to the disk: nobody is answered, and nobody shown it, before.

Syncs and checkpoints are started here on the loop, waited for by the journal's threads, and told here.
"""

import asyncio
import sqlite3
from typing import TYPE_CHECKING

from foundation.errors import StorageUnavailableError
from foundation.sqlite_journal import Journal

if TYPE_CHECKING:
    from foundation.sqlite import SqliteDatabase

# Rows written between checkpoints: some tens of megabytes of journal. A page that many of them wrote to is
# moved once; with 4,000 rows a data read cost a tenth more.
_CHECKPOINT_ROWS = 16_000

Waiting = list[asyncio.Future[None]]


def answer(waiting: Waiting, failure: str = "") -> None:
    """Tell everyone in `waiting`: done, or why not."""
    for future in waiting:
        if future.done():
            continue  # its task was cancelled meanwhile
        if failure:
            future.set_exception(StorageUnavailableError(failure))
        else:
            future.set_result(None)


class Disk:
    """Made on the loop. neighbours: a connection that sees what others commit; None where we serve alone."""

    def __init__(
        self, database: "SqliteDatabase", journal: Journal, neighbours: sqlite3.Connection | None
    ) -> None:
        self._database = database
        self._journal = journal
        self._neighbours = neighbours
        self._loop = asyncio.get_running_loop()
        self._unsynced: Waiting = []  # who waits for a COMMIT that no sync under way covers
        self.syncing: Waiting = []  # who waits for the sync under way
        self.moving = False  # a checkpoint is under way
        self._moved = 0  # the writer's count of changes when the last checkpoint began
        self._synced_from = 0  # what `_seen` said when the last sync began
        self._durable = 0  # the same, of the last that succeeded

    @property
    def at_work(self) -> bool:
        """Whether a sync or a checkpoint is under way; who waits for its end is woken then."""
        return bool(self.syncing) or self.moving

    def committed(self, group: Waiting) -> None:
        """Answer these once what they committed just now is durable."""
        self._unsynced += group
        if not self.syncing:
            self._sync()

    async def settled(self) -> None:
        """Wait until all that anyone could read so far is durable, a neighbour's writes included."""
        if (covering := self._covering()) is None:
            return
        durable = self._loop.create_future()
        covering.append(durable)
        if not self.syncing:
            self._sync()
        await durable

    def _covering(self) -> Waiting | None:
        """Who waits for the sync that covers all that can be read now; None where it is durable."""
        if self._neighbours is None:
            return self._unsynced or self.syncing or None
        seen = self._seen()
        if seen == self._durable:
            return None
        # What changed after the sync under way began, it may not cover.
        return self.syncing if self.syncing and seen == self._synced_from else self._unsynced

    def _seen(self) -> int:
        """Another number whenever something was committed, by us or by a neighbour; 0 without neighbours."""
        if self._neighbours is None:
            return 0
        version: int = self._neighbours.execute("PRAGMA data_version").fetchone()[0]
        return version

    def _sync(self) -> None:
        self.syncing, self._unsynced = self._unsynced, []
        self._synced_from = self._seen()
        self._journal.syncs.run(self._database.sync, self._synced)

    def _synced(self, refused: Exception | None) -> None:
        kept, self.syncing = self.syncing, []
        if refused is not None:
            self._database.fatal(refused)
        else:
            self._durable = self._synced_from
        answer(kept, f"not kept: {refused}" if refused else "")
        self._database.end_group()  # the one that was open while the disk worked: synced at once
        if self._unsynced and not self.syncing:
            self._sync()
        changes = self._database.writer.total_changes
        if not self.moving and changes - self._moved >= _CHECKPOINT_ROWS:
            self.moving, self._moved = True, changes
            self._journal.moves.run(self._database.checkpoint, self._moved_most)
        self._database.wake()

    def _moved_most(self, refused: Exception | None) -> None:
        """The long part of a checkpoint is done; what came meanwhile is moved while nobody writes.

        The journal then starts again at its beginning; otherwise it would grow as long as somebody writes.
        """
        if refused is not None:
            self._moved_all(refused)
            return
        self._database.pause()
        self._journal.moves.run(self._database.checkpoint_alone, self._moved_all)

    def _moved_all(self, refused: Exception | None) -> None:
        if refused is not None:
            self._database.stop_if_unsynced(refused)  # one that failed otherwise is tried again later
        self.moving = False
        self._database.resume()

    # --- what the database runs in the journal's threads -----------------------------------------------

    def sync(self) -> None:
        """Wait for the disk."""
        self._journal.sync()

    def checkpoint(self) -> None:
        """Move the journal into the database file."""
        self._journal.checkpoint()

    def close(self) -> None:
        """End the journal's threads."""
        self._journal.close()
