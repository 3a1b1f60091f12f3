"""How often a dataset was read under a grant that limits it: counted with the read, in its transaction.

One row a grant and dataset holds the marks of what was let through (pace.py). Whoever counts holds it until
the unit ends, so of any number of reads at once exactly as many as are left are let through, on both
databases (SQLite's writer is one). A refusal writes nothing but the first of a window, which is told.
"""

from typing import NamedTuple

from sqlalchemy import Executable, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col

from consent.limits import WINDOWS, Frequency
from consent.pace import Full, Mark, pack, take, unpack
from consent.tables import ReadCount
from foundation.clock import DAY
from foundation.database import Database, Transaction
from foundation.purging import Purge
from foundation.statements import Statement, Write


class HeldBack(NamedTuple):
    """A read that may not be. until: when the next may, microseconds. first: to be told, none was lately."""

    until: int
    first: bool


class _Row(NamedTuple):
    marks: bytes
    told_at: int | None


class _Added(NamedTuple):
    grant_id: str


_IS = (col(ReadCount.grant_id) == bindparam("of_grant"), col(ReadCount.dataset) == bindparam("of_dataset"))
_HOLD = Statement(
    select(col(ReadCount.marks), col(ReadCount.told_at)).where(*_IS).with_for_update(),
    _Row,
)
_MARK = Write(update(ReadCount).where(*_IS).values(marks=bindparam("marks"), last_at=bindparam("now")))
_TELL = Write(update(ReadCount).where(*_IS).values(told_at=bindparam("now")))


def _begin(dialect: str) -> Executable:
    statement = (sqlite.insert if dialect == "sqlite" else postgresql.insert)(ReadCount)
    names = ("grant_id", "dataset", "marks", "last_at")
    return (
        statement.values(**{name: bindparam(name) for name in names}, told_at=None)
        .on_conflict_do_nothing(index_elements=["grant_id", "dataset"])
        .returning(col(ReadCount.grant_id))
    )


_BEGIN = Statement(_begin, _Added)
_OLD = Purge(ReadCount, by="last_at")
_LONGEST = max(WINDOWS.values()) + DAY  # and a day, for clocks that differ


async def count_read(
    tx: Transaction, grant_id: str, dataset: str, frequency: Frequency, now: int
) -> HeldBack | None:
    """Count a read of `dataset` at `now` (microseconds), in the unit that records it; None when it may be.

    Under a promise that changed, what was let through before counts as far back as it was remembered.
    """
    place = {"of_grant": grant_id, "of_dataset": dataset}
    row = await tx.first(_HOLD, **place)
    while row is None:
        marks = pack([Mark(now, 1)])
        if await tx.first(_BEGIN, grant_id=grant_id, dataset=dataset, marks=marks, last_at=now) is not None:
            return None
        row = await tx.first(_HOLD, **place)  # another read was the first
    taken = take(unpack(row.marks), frequency, now)
    if not isinstance(taken, Full):
        await tx.run(_MARK, **place, marks=pack(taken.marks), now=now)
        return None
    tell = row.told_at is None or row.told_at + frequency.window <= now
    if tell:
        await tx.run(_TELL, **place, now=now)
    return HeldBack(taken.until, tell)


async def purge(db: Database, now: int) -> int:
    """Delete the rows of which no mark counts any more, whatever was promised; how many."""
    return await _OLD.below(db, now - _LONGEST)
