"""How often a dataset was read under a grant that limits it: counted with the read, in its transaction.

A window opens with the first read after the last one closed, and holds so many. The count is one upsert whose
condition is the limit: of any number of reads at once, exactly as many as are left find it true, on both
databases (PostgreSQL evaluates it again on the row it waited for; SQLite's writer is one).
"""

from typing import NamedTuple

from sqlalchemy import Executable, bindparam, case, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col

from consent.limits import Frequency
from consent.tables import ReadCount
from foundation.database import Transaction
from foundation.statements import Statement


class HeldBack(NamedTuple):
    """A read that may not be. until: when the next may, microseconds. first: not told yet in this window."""

    until: int
    first: bool


class _Opened(NamedTuple):
    opened_at: int


_CLOSED = col(ReadCount.opened_at) <= bindparam("closed")
_IS = (col(ReadCount.grant_id) == bindparam("grant_id"), col(ReadCount.dataset) == bindparam("dataset"))


def _take_one(dialect: str) -> Executable:
    """One read more, unless the window is full; no row when it is."""
    statement = (sqlite.insert if dialect == "sqlite" else postgresql.insert)(ReadCount)
    fresh = statement.values(
        grant_id=bindparam("grant_id"),
        dataset=bindparam("dataset"),
        opened_at=bindparam("now"),
        reads=1,
        told_at=None,
    )
    return fresh.on_conflict_do_update(
        index_elements=["grant_id", "dataset"],
        set_={
            "reads": case((_CLOSED, 1), else_=col(ReadCount.reads) + 1),
            "opened_at": case((_CLOSED, bindparam("now")), else_=col(ReadCount.opened_at)),
        },
        where=or_(_CLOSED, col(ReadCount.reads) < bindparam("most")),
    ).returning(col(ReadCount.opened_at))


_TAKE_ONE = Statement(_take_one, _Opened)
# Whoever is refused first in a window tells; the others find it told, and write nothing.
_TELL = Statement(
    update(ReadCount)
    .where(*_IS, or_(col(ReadCount.told_at).is_(None), col(ReadCount.told_at) < col(ReadCount.opened_at)))
    .values(told_at=bindparam("now"))
    .returning(col(ReadCount.opened_at)),
    _Opened,
)
_WINDOW = Statement(select(col(ReadCount.opened_at)).where(*_IS), _Opened)


async def count_read(
    tx: Transaction, grant_id: str, dataset: str, frequency: Frequency, now: int
) -> HeldBack | None:
    """Count a read of `dataset` at `now` (microseconds), in the unit that records it; None when it may be."""
    place, closed = {"grant_id": grant_id, "dataset": dataset}, now - frequency.window
    if await tx.first(_TAKE_ONE, **place, now=now, closed=closed, most=frequency.reads) is not None:
        return None
    told = await tx.first(_TELL, **place, now=now)
    window = told or await tx.one(_WINDOW, **place)
    return HeldBack(window.opened_at + frequency.window, told is not None)
