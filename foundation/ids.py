"""Identifiers: 128 bits, time-ordered, 32 lower-case hexadecimal characters.

48 bits of milliseconds, then 80 random bits. Time order keeps inserts at the right edge of an index and
lets a purge cut a range of the primary key instead of asking for an index of its own. Hexadecimal sorts
alike in every collation of both databases.
"""

import os
import re

_SHAPE = re.compile(r"[0-9a-f]{32}", re.ASCII)


def new_id(now: int) -> str:
    """A fresh id for something that happens at `now` (microseconds)."""
    return f"{now // 1000:012x}{os.urandom(10).hex()}"


class OrderedIds:
    """Ids that sort as this object made them, also within a millisecond: rows of a unit tell their story.

    A byte of the random part counts; 72 random bits stay.
    """

    def __init__(self) -> None:
        self._newest = 0
        self._made = 0

    def new(self, now: int) -> str:
        """A fresh id for something that happens at `now` (microseconds)."""
        millisecond = now // 1000
        if millisecond > self._newest:
            self._newest, self._made = millisecond, 0
        else:  # the same, or that of a unit which began earlier and goes on
            self._made = min(self._made + 1, 255)
        return f"{millisecond:012x}{self._made:02x}{os.urandom(9).hex()}"


def oldest_id_at(now: int) -> str:
    """The smallest id that could be made at `now`: the bound of a purge by age."""
    return f"{now // 1000:012x}{'0' * 20}"


def made_at(made: str) -> int:
    """When one of our ids was made: microseconds, to the millisecond."""
    return int(made[:12], 16) * 1000


def is_id(text: str) -> bool:
    """Whether hostile text has the shape of an id (says nothing of its existence)."""
    return _SHAPE.fullmatch(text) is not None
