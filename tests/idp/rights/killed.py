"""A program to be killed: it erases somebody, and dies at the statement it was told, or just after.

python -m tests.idp.rights.killed <database url> <data folder> <person id> <time> <statement>
"""

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

from foundation.clock import FrozenClock
from foundation.database import Transaction
from idp.rights.erasure import Eraser, Order
from idp.running.opening import open_server
from tests.idp.support import settings_for


class Counted(Transaction):
    """A unit whose nth statement is the last thing that its process does."""

    def __init__(self, tx: Transaction, last: int) -> None:
        self._tx, self._left = tx, last

    def _count(self) -> None:
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    async def all(self, statement: Any, **values: Any) -> Any:
        self._count()
        return await self._tx.all(statement, **values)

    async def first(self, statement: Any, **values: Any) -> Any:
        self._count()
        return await self._tx.first(statement, **values)

    async def run(self, statement: Any, **values: Any) -> int:
        self._count()
        return await self._tx.run(statement, **values)

    async def run_many(self, statement: Any, rows: Any) -> None:
        self._count()
        await self._tx.run_many(statement, rows)

    async def insert(self, bulk: Any, rows: Any) -> None:
        self._count()
        await self._tx.insert(bulk, rows)


async def work(url: str, folder: str, person_id: str, now: str, statement: str) -> None:
    async with open_server(settings_for(url, Path(folder)), FrozenClock(int(now))) as server:
        eraser = Eraser(server, server.decisions)
        async with server.db.transaction() as tx:
            await eraser.erase(Counted(tx, int(statement)), Order(person_id, "self", int(now)))
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    asyncio.run(work(*sys.argv[1:]))
