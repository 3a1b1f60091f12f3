"""Every export of this server, each in a folder of its own: made one after the other, gone after a week.

A folder is worked on by whoever holds its lock, which the system takes back from a process that dies.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from consent.taking.job import Job, Order, begin, load
from consent.taking.making import make
from consent.taking.parquet import require_parquet
from foundation.clock import DAY, Clock
from foundation.database import Database
from foundation.errors import AccordError
from foundation.ids import is_id

KEPT = 7 * DAY
MOST = 10  # of one auditor


class Exports:
    """The exports under a folder, which comes to be with the first of them."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder, self._clock = folder, clock

    def place(self, order: Order) -> Job:
        """Have one made. Raises what `check` raises."""
        self.check(order)
        return begin(self._folder / order.id, order)

    def check(self, order: Order) -> None:
        """Raises AccordError parquet_missing (501) and too_many_exports (409) where it would not be made."""
        if order.format == "parquet":
            require_parquet()
        if len(self.of_owner(order.owner_id)) >= MOST:
            raise AccordError("too_many_exports", "Delete an export first.", status=409)

    def of_owner(self, owner_id: str) -> list[Job]:
        """Hers, newest first."""
        return [job for job in self._all() if job.order.owner_id == owner_id][::-1]

    def find(self, owner_id: str, export_id: str) -> Job | None:
        """One of hers; None for anybody else's, and for one that is over."""
        job = load(self._folder / export_id) if is_id(export_id) else None
        return job if job is not None and job.order.owner_id == owner_id and not self._is_over(job) else None

    def drop(self, job: Job) -> None:
        """Delete it, whatever its state."""
        shutil.rmtree(job.folder, ignore_errors=True)

    def clear(self) -> None:
        """Delete every one."""
        shutil.rmtree(self._folder, ignore_errors=True)

    async def work(self, db: Database) -> int:
        """Make what waits, go on with what was cut, delete what is over; how many were made."""
        made = 0
        for job in self._all(over=True):
            if self._is_over(job):
                self.drop(job)
            elif job.come.state == "making":
                made += await self._work_on(db, job.folder)
            else:
                job.tidy()
        return made

    async def _work_on(self, db: Database, folder: Path) -> int:
        with locked(folder) as ours:
            job = load(folder) if ours else None
            if job is None or job.come.state != "making":
                return 0
            try:
                await make(db, job, self._clock, lambda _done, _whole: None)
            except FileNotFoundError:
                if load(folder) is not None:
                    raise
                return 0  # deleted meanwhile
            return 1

    def _all(self, *, over: bool = False) -> list[Job]:
        """By id, which is by age."""
        found = sorted(self._folder.iterdir()) if self._folder.is_dir() else []
        jobs = [job for path in found if (job := load(path)) is not None]
        return [job for job in jobs if over or not self._is_over(job)]

    def _is_over(self, job: Job) -> bool:
        return self._clock.now() - job.order.made_at > KEPT


@contextmanager
def locked(folder: Path) -> Iterator[bool]:
    """Whether the folder is ours for the length of the block."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except FileNotFoundError:
        yield False
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        yield False
        return
    try:
        yield True
    finally:
        os.close(descriptor)
