"""A program of many lives: in each, the next step of writing a log as files is its last.

python -m tests.consent.ledger.files.killed_writing <database url> <a new folder>

Each life is a fork that kills itself (SIGKILL) before a file is removed, before it is written, with half of
it written, or before it takes its name. What stands there then is whole, and the same run ends the work.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

from consent.ledger.files.layout import CHECKPOINT
from consent.ledger.files.reading import Folder
from consent.ledger.files.writing import write_files
from foundation.database import open_database
from tests.consent.ledger.support import ORIGIN


async def write(url: str, folder: Path) -> None:
    db = open_database(url)
    await db.start()
    await write_files(db, ORIGIN, folder)
    await db.stop()


def contents(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in Folder(folder).names()}


def mortal(left: int) -> None:
    """From now on the step that `left` others precede is the last."""

    def step() -> None:
        nonlocal left
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1

    def dying(name: str) -> None:
        real = getattr(Path, name)

        def call(path: Path, *given: Any, **named: Any) -> Any:
            step()
            if name == "write_bytes":
                real(path, given[0][: len(given[0]) // 2])
                step()
            return real(path, *given, **named)

        setattr(Path, name, call)

    for name in ("unlink", "write_bytes", "replace"):
        dying(name)


def life(url: str, folder: Path, steps: int) -> bool:
    """Whether it lived to the end."""
    child = os.fork()
    if not child:
        mortal(steps)
        asyncio.run(write(url, folder))
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0


def lives(url: str, to: Path) -> None:
    asyncio.run(write(url, to / "whole"))
    whole, steps, survived = contents(to / "whole"), 0, False
    while not survived:
        folder = to / str(steps)
        survived = life(url, folder, steps)
        left = {name: data for name, data in contents(folder).items() if not name.endswith(".half")}
        assert left.items() <= whole.items(), steps
        assert survived or CHECKPOINT not in left, steps
        asyncio.run(write(url, folder))
        assert contents(folder) == whole, steps
        steps += 1
    sys.stdout.write(str(steps))


if __name__ == "__main__":
    lives(sys.argv[1], Path(sys.argv[2]))
