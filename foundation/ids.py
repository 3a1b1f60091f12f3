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


def oldest_id_at(now: int) -> str:
    """The smallest id that could be made at `now`: the bound of a purge by age."""
    return f"{now // 1000:012x}{'0' * 20}"


def is_id(text: str) -> bool:
    """Whether hostile text has the shape of an id (says nothing of its existence)."""
    return _SHAPE.fullmatch(text) is not None
