"""What was looked up a moment ago: never much of it, never for long, and gone by itself.

Whoever uses it must find out otherwise that it still holds: nobody tells it of changes.
"""

import asyncio
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class Recent(Generic[Key, Value]):
    """Values by their keys, of one event loop.

    most: how many it holds. seconds: for how long it holds a value; at least half of that, unless more come.
    """

    def __init__(self, *, most: int, seconds: float) -> None:
        self._half, self._seconds = max(1, most // 2), seconds / 2
        # Two generations: a whole one goes at a time, which costs nothing a value.
        self._young: dict[Key, Value] = {}
        self._old: dict[Key, Value] = {}
        self._turning: asyncio.TimerHandle | None = None

    def get(self, key: Key) -> Value | None:
        found = self._young.get(key)
        return self._old.get(key) if found is None else found

    def keep(self, key: Key, value: Value) -> None:
        if len(self._young) >= self._half and key not in self._young:
            self._old, self._young = self._young, {}
        self._young[key] = value
        if self._turning is None:
            self._turning = asyncio.get_running_loop().call_later(self._seconds, self._turn)

    def forget(self, key: Key) -> None:
        self._young.pop(key, None)
        self._old.pop(key, None)

    def _turn(self) -> None:
        """The old are gone, the young are the old: a value stays for two turns at most."""
        self._old, self._young, self._turning = self._young, {}, None
        if self._old:
            self._turning = asyncio.get_running_loop().call_later(self._seconds, self._turn)
