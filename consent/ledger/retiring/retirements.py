"""What went with its period, from the database: the places that stay, and the events that account for them.

An event that a retirement covers counts as gone from the moment the log holds that retirement's event, though
its row is still there: deleting takes a while, and what is shown must not hang on how far it has come.
"""

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import bindparam, select
from sqlmodel import col

from consent.ledger.leaf import Leaf, LeafError, parse_leaf
from consent.ledger.moments import moment_of
from consent.ledger.retiring.retired import EVENT, Period, Retired, period_of, retired_by
from consent.ledger.shelves import Window
from consent.ledger.tables import LedgerEntry, LedgerEvent, LedgerRetired
from foundation.clock import month_start
from foundation.database import Transaction
from foundation.statements import Statement

_ANY = 2**62


class Place(NamedTuple):
    """Where an event stands, or stood, and to which class it belongs."""

    position: int
    event_id: str
    log: str

    @property
    def period(self) -> Period:
        return period_of(self.log, moment_of(self.event_id))


class Told(NamedTuple):
    """An event that accounts for others. position: its own; leaf: it says what went."""

    position: int
    retired: Retired
    leaf: Leaf

    def covers(self, place: Place) -> bool:
        """Whether it accounts for this event, unless that is itself of its kind."""
        period, first, last = self.retired[:3]
        return first <= place.position <= last and place.log == period.log and place.period == period


class _Telling(NamedTuple):
    position: int
    leaf: str


GONE = Statement(
    select(col(LedgerRetired.position), col(LedgerRetired.event_id), col(LedgerRetired.log))
    .where(col(LedgerRetired.position) >= bindparam("low"), col(LedgerRetired.position) < bindparam("high"))
    .order_by(col(LedgerRetired.position)),
    Place,
)
_GONE_EVENT = Statement(
    select(col(LedgerRetired.position), col(LedgerRetired.event_id), col(LedgerRetired.log)).where(
        col(LedgerRetired.event_id) == bindparam("event_id")
    ),
    Place,
)
_TELLING = Statement(
    select(col(LedgerEntry.position), col(LedgerEvent.leaf))
    .join(LedgerEvent, col(LedgerEvent.id) == col(LedgerEntry.event_id))
    .where(col(LedgerEntry.event) == EVENT)
    .order_by(col(LedgerEntry.event_id)),
    _Telling,
)


def window_of(period: Period) -> Window:
    """The ids of a period's events."""
    return Window.of(month_start(period.month), month_start(period.month, 1))


async def read_told(tx: Transaction, size: int = _ANY) -> list[Told]:
    """The events of the tree of `size` that account for others; what is no leaf accounts for nothing."""
    told = []
    for row in await tx.all(_TELLING):
        try:
            leaf = parse_leaf(row.leaf)
        except LeafError:
            continue
        retired = retired_by(leaf)
        if retired is not None and row.position < size:
            told.append(Told(row.position, retired, leaf))
    return told


def is_covered(told: Iterable[Told], place: Place) -> bool:
    """Whether one of them accounts for an event."""
    return any(one.covers(place) for one in told)


async def place_of_gone(tx: Transaction, event_id: str) -> Place | None:
    """Where an event stood of which all else went."""
    return await tx.first(_GONE_EVENT, event_id=event_id)
