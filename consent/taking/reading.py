"""What is taken, in the order of the log, a bounded number of positions at a time."""

from functools import cache
from typing import NamedTuple

from sqlalchemy import Executable, bindparam, func, select
from sqlmodel import col

from consent.ledger.export import Followed, placed_between
from consent.ledger.searching.find import holds, values_of
from consent.ledger.searching.search import Filters
from consent.ledger.shelves import Window
from consent.ledger.tables import LedgerEntry, LedgerEvent, LedgerRetired
from foundation.database import Transaction
from foundation.statements import Statement


class Piece(NamedTuple):
    """Positions [start, end) of the log."""

    start: int
    end: int


class _Count(NamedTuple):
    number: int


_RETIRED = Statement(
    select(func.count())
    .select_from(LedgerRetired)
    .where(col(LedgerRetired.position) >= bindparam("low"), col(LedgerRetired.position) < bindparam("high")),
    _Count,
)


def is_whole(filters: Filters) -> bool:
    """Whether it asks for a whole range: nothing between its first and its last position is left out."""
    return filters._replace(first=None, last=None) == Filters()


def span_of(filters: Filters, size: int) -> Piece:
    """The positions, of a tree of `size`, that a filter can be met at."""
    start = min(filters.first or 0, size)
    return Piece(start, size if filters.last is None else max(start, min(filters.last + 1, size)))


async def read_piece(tx: Transaction, filters: Filters, piece: Piece) -> list[Followed]:
    """What matches, in order. Of a whole range, what was retired too, by its hash."""
    if is_whole(filters):
        return await placed_between(tx, piece.start, piece.end)
    fields = filters._replace(first=None, last=None).fields()
    window = Window.of(filters.since, filters.until)
    return await tx.all(
        _matching(tuple(sorted(fields))),
        **window._asdict(),
        **values_of(fields),
        start=piece.start,
        end=piece.end,
    )


async def count_retired(tx: Transaction, piece: Piece) -> int:
    """How many events of these positions went with their period."""
    return (await tx.one(_RETIRED, low=piece.start, high=piece.end)).number


@cache  # one per set of filters
def _matching(names: tuple[str, ...]) -> Statement[Followed]:
    position, event_id = col(LedgerEntry.position), col(LedgerEntry.event_id)

    def build(dialect: str) -> Executable:
        # By place and nothing else: what a piece costs is known, and the next begins where it ends.
        return (
            select(position, event_id, col(LedgerEvent.leaf), col(LedgerEntry.leaf_hash))
            .join(LedgerEvent, col(LedgerEvent.id) == event_id)
            .where(
                position >= bindparam("start"),
                position < bindparam("end"),
                event_id >= bindparam("low"),
                event_id < bindparam("high"),
                *(holds(dialect, name, indexed=False) for name in names),
            )
            .order_by(position)
        )

    return Statement(build, Followed)
