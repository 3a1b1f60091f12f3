"""Shelves: entries in stacks of 4,096, so that filing one costs the same however long the log is.

An index by person or grant over the whole log has its new rows all over it: each event would write two pages
of its own. Here both indexes begin with the shelf, and only those of the newest shelf change. Looking someone
up asks each shelf in turn; the span of ids that stands with a shelf says which ones a window touches.
"""

from collections.abc import AsyncGenerator, Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, Executable, Integer, any_, bindparam, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col

from consent.ledger.tables import LedgerEntry, LedgerShelf
from foundation.database import Transaction
from foundation.ids import oldest_id_at
from foundation.statements import Statement, Write

SHELF_BITS = 12
_LAST = 2**31 - 1
_FIRST, _MOST = 2, 512  # shelves that a slice touches: most questions are about what is new


class Window(NamedTuple):
    """Ids in [low, high)."""

    low: str
    high: str

    @classmethod
    def of(cls, since: int | None, until: int | None) -> "Window":
        """The ids of events in [since, until), microseconds; None leaves a side open."""
        low = "" if since is None else oldest_id_at(max(0, since))
        return cls(low, "g" if until is None else oldest_id_at(max(0, until)))  # "g" is past every id

    def before(self, event_id: str) -> "Window":
        return Window(self.low, min(self.high, event_id))

    def after(self, event_id: str) -> "Window":
        # No id of 32 characters lies between an id and itself with one more character.
        return Window(max(self.low, event_id + "0"), self.high)


class Span(NamedTuple):
    """A row of `ledger_shelf`: the smallest and the largest id of its entries."""

    number: int
    low_id: str
    high_id: str


class _Edge(NamedTuple):
    low_id: str


class _Ids(NamedTuple):
    low_id: str | None
    high_id: str | None


def shelf_of(position: int) -> int:
    """The shelf of the entry at a position."""
    return position >> SHELF_BITS


def spans_of(first: int, ids: Sequence[str]) -> list[Span]:
    """What the event ids at the positions from `first` on add to the spans."""
    spans = []
    while ids:
        number = shelf_of(first)
        room = (number + 1 << SHELF_BITS) - first
        spans.append(Span(number, min(ids[:room]), max(ids[:room])))
        first, ids = first + room, ids[room:]
    return spans


def _widen(dialect: str) -> Executable:
    asked = sqlite.insert(LedgerShelf) if dialect == "sqlite" else postgresql.insert(LedgerShelf)
    least, largest = (func.min, func.max) if dialect == "sqlite" else (func.least, func.greatest)
    return asked.on_conflict_do_update(
        index_elements=["number"],
        set_={
            "low_id": least(LedgerShelf.low_id, asked.excluded["low_id"]),
            "high_id": largest(LedgerShelf.high_id, asked.excluded["high_id"]),
        },
    )


WIDEN = Write(_widen)


def on_shelves(dialect: str) -> ColumnElement[bool]:
    """Whether an entry's shelf has ids in the window of a statement's `low` and `high`."""
    touched = select(col(LedgerShelf.number)).where(
        col(LedgerShelf.low_id) < bindparam("high"), col(LedgerShelf.high_id) >= bindparam("low")
    )
    if dialect == "sqlite":
        return col(LedgerEntry.shelf).in_(touched)
    # As an array, PostgreSQL looks each up in the index, however many it believes there are.
    return col(LedgerEntry.shelf) == any_(func.array(touched.scalar_subquery()))


def _edges(*, ascending: bool) -> Statement[_Edge]:
    low_id = col(LedgerShelf.low_id)
    return Statement(
        select(low_id)
        .where(low_id > bindparam("low"), low_id < bindparam("high"))
        .order_by(low_id.asc() if ascending else low_id.desc())
        .limit(bindparam("limit", type_=Integer)),
        _Edge,
    )


_UP, _DOWN = _edges(ascending=True), _edges(ascending=False)


_IDS = Statement(
    select(func.min(col(LedgerShelf.low_id)), func.max(col(LedgerShelf.high_id))).where(
        col(LedgerShelf.number) >= bindparam("first"), col(LedgerShelf.number) <= bindparam("last")
    ),
    _Ids,
)


async def window_of(tx: Transaction, window: Window, first: int, last: int) -> Window:
    """What of a window the ids of the entries from position `first` to `last` can be in; a little more."""
    found = await tx.one(_IDS, first=shelf_of(first), last=min(shelf_of(last), _LAST))
    if found.low_id is None or found.high_id is None:
        return Window(window.low, window.low)
    return Window(max(window.low, found.low_id), min(window.high, found.high_id + "0"))


async def slices(tx: Transaction, window: Window, *, ascending: bool) -> AsyncGenerator[Window, None]:
    """The window in pieces that touch few shelves, in order; each touches twice as many as the last.

    Ids divide it, not shelves: a transaction that commits late leaves an old id on a new shelf.
    """
    many = _FIRST
    while True:
        edges = await tx.all(_UP if ascending else _DOWN, low=window.low, high=window.high, limit=many)
        if len(edges) < many:
            break
        edge, many = edges[-1].low_id, min(2 * many, _MOST)
        below, above = Window(window.low, edge), Window(edge, window.high)
        piece, window = (below, above) if ascending else (above, below)
        yield piece
    yield window
