"""How often in any stretch of time: the rule of a promised frequency, a function of its arguments.

At most `reads` in any stretch as long as the promise's window: there is no midnight at which counting begins
anew. Each read that was let through leaves a mark, and its place is free again a window later. Up to MARKS
reads a window each has a mark of its own and the rule is exact; above, reads that fall into the same slice
of the window (1/MARKS of it) share the mark of the last of them: whoever reads in bursts may wait a slice
longer, and never gets one read more.
"""

import struct
from collections.abc import Sequence
from typing import NamedTuple

from consent.limits import Frequency

MARKS = 64
_MARK = struct.Struct(">qI")


class Mark(NamedTuple):
    """Reads that were let through. at: the last of them, microseconds. reads: how many share it."""

    at: int
    reads: int


class Taken(NamedTuple):
    """A read that may be. marks: what to remember, oldest first."""

    marks: list[Mark]


class Full(NamedTuple):
    """A read that may not. until: when one may, microseconds, if none comes in between."""

    until: int


def take(marks: Sequence[Mark], frequency: Frequency, now: int) -> Taken | Full:
    """Whether a read may be at `now` (microseconds), after the marked ones.

    A clock that stands behind another node's is taken for the newest mark's.
    """
    window, most = frequency.window, frequency.reads
    now = max(now, marks[-1].at) if marks else now
    living = [mark for mark in marks if mark.at > now - window]
    over = sum(mark.reads for mark in living) - most
    if over < 0:
        return Taken(_with_one_more(living, frequency, now))
    for mark in living:
        over -= mark.reads
        if over < 0:
            return Full(mark.at + window)
    raise AssertionError("a promise is of one read at least")


def _with_one_more(living: list[Mark], frequency: Frequency, now: int) -> list[Mark]:
    if living:
        last, slice_ = living[-1], frequency.window // MARKS
        if last.at == now or (frequency.reads > MARKS and last.at // slice_ == now // slice_):
            return [*living[:-1], Mark(now, last.reads + 1)]
    return [*living, Mark(now, 1)]


def pack(marks: Sequence[Mark]) -> bytes:
    """Marks as a row keeps them: 12 bytes each, at most MARKS and two of them."""
    return b"".join(_MARK.pack(*mark) for mark in marks)


def unpack(packed: bytes) -> list[Mark]:
    """What `pack` wrote."""
    return [Mark(*fields) for fields in _MARK.iter_unpack(packed)]
