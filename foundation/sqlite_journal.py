"""SQLite's journal on its way to the disk: the two threads that wait for it.

One makes what was committed durable (fdatasync of the write-ahead log), the other moves the log into the
database file (checkpoints). Both waits release the interpreter's lock, and neither holds the writer.
"""

import asyncio
import os
import queue
import threading
from collections.abc import Callable
from pathlib import Path

from foundation.sqlite_driver import connect

Job = Callable[[], None]
Told = Callable[[Exception | None], None]  # told, on the loop, what refused the job; None: it is done


class Helper:
    """A thread that runs one job after the other and tells the loop of each."""

    def __init__(self, name: str) -> None:
        self._loop = asyncio.get_running_loop()
        self._jobs: queue.SimpleQueue[tuple[Job, Told] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    def run(self, job: Job, told: Told) -> None:
        """Run `job` in the thread, then `told` on the loop."""
        self._jobs.put((job, told))

    def stop(self) -> None:
        """End after the jobs given."""
        self._jobs.put(None)
        self._thread.join()

    def _work(self) -> None:
        while (given := self._jobs.get()) is not None:
            job, told = given
            refused = None
            try:
                job()
            except Exception as error:  # whatever it is, someone on the loop waits to be told
                refused = error
            self._loop.call_soon_threadsafe(told, refused)


class Journal:
    """The write-ahead log of one database file. Made on the loop, once its writer is connected."""

    def __init__(self, path: str) -> None:
        # SQLite holds no lock on the log itself, so that closing this descriptor drops none.
        self._log = os.open(f"{Path(path).resolve()}-wal", os.O_RDWR | os.O_CLOEXEC)
        self._beside = connect(path, readonly=False)
        self.syncs = Helper("sqlite-sync")
        self.moves = Helper("sqlite-checkpoint")

    def sync(self) -> None:
        """Wait until all that was committed is on the disk. Raises OSError: what is there is then unknown."""
        os.fdatasync(self._log)

    def checkpoint(self) -> None:
        """Move what no reader still needs from the log into the database file, beside a writer at work."""
        self._beside.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()

    def close(self) -> None:
        """End both threads; the log stays, its writer closes it."""
        self.syncs.stop()
        self.moves.stop()
        self._beside.close()
        os.close(self._log)
