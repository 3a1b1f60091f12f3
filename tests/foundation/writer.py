"""A program that writes as fast as it can and says, a line each, what was acknowledged to it.

    python -m tests.foundation.writer URL[?shared] PREFIX TASKS UNITS ROWS_A_UNIT

It is killed, its disk fails, another writes beside it: what it said must be there afterwards.
"""

import asyncio
import os
import sys

from foundation.database import open_database
from tests.foundation.probes import INSERT, row


async def main(url: str, prefix: str, tasks: int, units: int, rows: int) -> None:
    db = open_database(url.removesuffix("?shared"), shared=url.endswith("?shared"))
    await db.start()

    async def write(task: int) -> None:
        for unit in range(units):
            key = f"{prefix}-{task}-{unit}"
            async with db.transaction() as tx:
                await tx.run_many(INSERT, [row(f"{key}-{part}", body=b"x" * 100) for part in range(rows)])
            os.write(1, f"{key}\n".encode())  # at once, past every buffer: this is the acknowledgement

    await asyncio.gather(*(write(task) for task in range(tasks)))
    await db.stop()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], *(int(number) for number in sys.argv[3:6])))
