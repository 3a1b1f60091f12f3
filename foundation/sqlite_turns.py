"""Whose turn it is to write, where several processes serve one SQLite file.

SQLite's own lock keeps no queue: who finds it taken can only try again, and the one who just had it is the
first to. Here the kernel keeps the queue (flock), and a turn ends with its process, however that ends.
Commands take no turns: they meet the servers at SQLite's own lock.
"""

import asyncio
import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from foundation.errors import StorageUnavailableError
from foundation.sqlite_journal import Helper

PATIENCE_SECONDS = 5.0  # to wait for the write lock before a unit is refused
_REMIND_SECONDS = 1.0
_ROUNDS = 6  # of the loop, at most, until a crowd asks for its turn


class Turns:
    """Our place among the processes that share a file. Made on the loop."""

    shared = True

    def __init__(self, path: str, crowd: Callable[[], int], come: Callable[[], None]) -> None:
        """Join the processes that serve the file at `path`.

        crowd: how many of ours wait to write. come: called on the loop when a turn that was asked for has
        come or was refused, and now and then until it has.
        """
        self._name = f"{Path(path).resolve()}-turn"
        self._lock = self._opened()
        self._queue = Helper("sqlite-turn")
        self._crowd = crowd
        self._come = come
        self._loop = asyncio.get_running_loop()
        self._mine = False
        self.waiting = False  # asked for: `come` will tell
        self._refused: Exception | None = None
        self._reminder: asyncio.TimerHandle | None = None

    def _opened(self) -> int:
        return os.open(self._name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def take(self) -> bool:
        """Whether it is our turn; if not, it is asked for. Raises StorageUnavailableError if refused.

        It is asked for once a round of the loop brought nobody else of ours: a group costs a COMMIT and a
        sync however small it is, and each neighbour the pages that it had at hand.
        """
        if self._refused is not None:
            refused, self._refused = self._refused, None
            raise StorageUnavailableError(f"no turn to write: {refused}") from refused
        if not self._mine and not self.waiting:
            self.waiting = True
            self._loop.call_soon(self._gather, 0, _ROUNDS)
        return self._mine

    def _gather(self, before: int, most: int) -> None:
        here = self._crowd()
        if here > before and most:
            self._loop.call_soon(self._gather, here, most - 1)
        elif self._come is not _nobody:
            self._ask()

    def _ask(self) -> None:
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._reminder = self._loop.call_later(_REMIND_SECONDS, self._remind)
            self._queue.run(lambda: fcntl.flock(self._lock, fcntl.LOCK_EX), self._told)
        except OSError as error:
            self._told(error)
        else:
            self._told(None)

    def _told(self, refused: Exception | None) -> None:
        self.waiting, self._mine, self._refused = False, refused is None, refused
        if self._reminder is not None:
            self._reminder.cancel()
        self._come()

    def _remind(self) -> None:
        self._reminder = self._loop.call_later(_REMIND_SECONDS, self._remind)
        self._come()

    def end(self) -> None:
        """The turn is the next one's."""
        if self._mine:
            self._mine = False
            fcntl.flock(self._lock, fcntl.LOCK_UN)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep every process that serves the file from writing, ours too. Blocks: for a thread."""
        lock = self._opened()  # of its own, so that it queues behind our own turn as well
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    async def close(self) -> None:
        """End a turn that is ours, leave the queue."""
        self.end()
        self._come = _nobody
        await asyncio.to_thread(self._queue.stop)
        os.close(self._lock)  # with it goes a turn that came too late


def _nobody() -> None:
    """Wake nobody: we are closing."""


class Alone:
    """Nobody else serves the file: it is always our turn."""

    shared = False
    waiting = False

    def take(self) -> bool:
        """True."""
        return True

    def end(self) -> None:
        """Nobody waits for it."""

    @contextmanager
    def alone(self) -> Iterator[None]:
        """We are."""
        yield

    async def close(self) -> None:
        """Nothing is open."""
