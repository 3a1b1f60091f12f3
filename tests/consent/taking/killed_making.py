"""A program of many lives: in each, the next step of making an export is its last.

python -m tests.consent.taking.killed_making <database url> <a new folder> <time>

Each life is a fork that kills itself (SIGKILL) before a folder is made, before a file is on the disk, with or
without its last byte, before it takes its name, before it is removed, and between two groups of a Parquet
file. The next one goes on, and what stands there in the end is to the byte what one life makes.
"""

import asyncio
import os
import signal
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet

from consent.ledger.searching.search import Filters
from consent.ledger.store import read_head
from consent.taking import making, parquet
from consent.taking.exports import Exports
from consent.taking.job import MANIFEST, Order, load, order_of
from foundation.clock import FrozenClock
from foundation.database import open_database
from foundation.ids import new_id
from tests.consent.ledger.support import ORIGIN
from tests.consent.taking.support import AUDITOR

FORMS = ("jsonl", "csv", "parquet")


class Making:
    """An export of the odd events of a log, in a folder of its own."""

    def __init__(self, url: str, folder: Path, order: Order) -> None:
        self._url, self._order = url, order
        self._clock = FrozenClock(order.made_at)
        self._exports = Exports(folder, self._clock)
        self.folder = folder / order.id

    async def work(self, before: Callable[[], None] = lambda: None) -> None:
        """What a server does that starts, and an auditor who sees no export of hers."""
        db = open_database(self._url)
        await db.start()
        before()
        if load(self.folder) is None:
            self._exports.place(self._order)
        await self._exports.work(db)
        await db.stop()

    def contents(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.folder.iterdir()}

    @property
    def ready(self) -> bool:
        job = load(self.folder)
        return job is not None and job.come.state == "ready"


class Fate:
    """The step that `left` others precede is the last."""

    def __init__(self, left: int) -> None:
        self._left = left
        self._safe: dict[int, int] = {}  # how long each file was when the disk last had it, by inode

    def step(self, *_given: object) -> None:
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        self._left -= 1

    def tear(self, descriptor: int) -> None:
        """The disk gets a file without the last byte of what is new in it."""
        found = os.fstat(descriptor)
        if stat.S_ISREG(found.st_mode) and found.st_size > self._safe.get(found.st_ino, 0):
            if self._left == 0:
                os.truncate(f"/proc/self/fd/{descriptor}", found.st_size - 1)
            self.step()
            self._safe[found.st_ino] = found.st_size


def mortal(left: int) -> None:
    """From now on, what changes a disk is a step towards the end."""
    fate = Fate(left)
    for name in ("mkdir", "replace", "unlink"):
        _before(Path, name, fate.step)
    _before(pyarrow.parquet.ParquetWriter, "write_table", fate.step)
    _before(os, "fsync", fate.step)
    _before(os, "fsync", fate.tear)


def _before(owner: Any, name: str, first: Callable[..., None]) -> None:
    real = getattr(owner, name)

    def call(*given: Any, **named: Any) -> Any:
        first(*given[:1])
        return real(*given, **named)

    setattr(owner, name, call)


def life(one: Making, steps: int) -> bool:
    """Whether it lived to the end."""
    child = os.fork()
    if not child:
        asyncio.run(one.work(lambda: mortal(steps)))
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0


def lives(url: str, to: Path, order: Order) -> int:
    """How many."""
    one = Making(url, to / "whole", order)
    life(one, sys.maxsize)
    whole, steps, survived = one.contents(), 0, False
    assert one.ready
    while not survived:
        one = Making(url, to / str(steps), order)
        survived = life(one, steps)
        left = one.contents() if one.folder.exists() else {}
        assert left.get(MANIFEST, whole[MANIFEST]) == whole[MANIFEST], steps
        assert not one.ready or whole.items() <= left.items(), steps
        asyncio.run(one.work())
        assert one.contents() == whole, steps
        steps += 1
    return steps


async def orders(url: str, now: int) -> list[Order]:
    db = open_database(url)
    await db.start()
    async with db.reading() as tx:
        head = await read_head(tx, ORIGIN)
    await db.stop()
    assert head is not None
    asked: dict[str, Any] = {"owner_id": AUDITOR, "typed": {"client": "other"}, "made_at": now}
    filters = Filters(client="other")
    return [order_of(head, ORIGIN, id=new_id(now), format=form, filters=filters, **asked) for form in FORMS]


if __name__ == "__main__":
    making._PIECE, parquet._GROUP = 30, 10
    told = [
        lives(sys.argv[1], Path(sys.argv[2]) / order.format, order)
        for order in asyncio.run(orders(sys.argv[1], int(sys.argv[3])))
    ]
    sys.stdout.write(" ".join(map(str, told)))
