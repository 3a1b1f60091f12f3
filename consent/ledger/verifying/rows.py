"""The verifier's reads: pages of rows in key order, so that memory does not grow with the log."""

from typing import NamedTuple

from sqlalchemy import BigInteger, Integer, bindparam, cast, func, select, union_all
from sqlmodel import col

from consent.ledger.shelves import SHELF_BITS
from consent.ledger.tables import (
    LedgerCheckpoint,
    LedgerEntry,
    LedgerEvent,
    LedgerHead,
    LedgerQueue,
    LedgerRetired,
    LedgerShelf,
    LedgerTile,
)
from consent.ledger.verifying.recompute import Placed, Signed
from foundation.statements import Statement


class Kept(NamedTuple):
    """Where an event stands: its position, its queue row (its own id again), both None when it is lost."""

    event_id: str
    position: int | None
    queued: str | None


class Waiting(NamedTuple):
    """A queue row, with the leaf of its event (None where there is no such event)."""

    event_id: str
    leaf: str | None


class LastSigned(NamedTuple):
    """A row of `ledger_head`, and the largest size among its origin's checkpoints, seen at one moment."""

    origin: str
    size: int
    root: bytes
    note: str
    largest: int | None


class Widest(NamedTuple):
    """The last tile of a level."""

    level: int
    number: int


class Stacked(NamedTuple):
    """The ids that entries have on a shelf, and those that its row says (None where it has none)."""

    number: int
    lowest: str
    highest: str
    low_id: str | None
    high_id: str | None


class Stray(NamedTuple):
    """A shelf past the last entry."""

    number: int


class Origin(NamedTuple):
    """An origin whose head row is gone."""

    origin: str


_LIMIT = bindparam("limit", type_=Integer)

PLACED = Statement(
    select(
        *(col(getattr(LedgerEntry, name)) for name in Placed._fields[:-2]),
        col(LedgerEvent.leaf),
        col(LedgerEvent.sealed),
    )
    .join(LedgerEvent, col(LedgerEvent.id) == col(LedgerEntry.event_id), isouter=True)
    .where(col(LedgerEntry.position) >= bindparam("low"), col(LedgerEntry.position) < bindparam("high"))
    .order_by(col(LedgerEntry.position)),
    Placed,
)
SIGNED = Statement(
    select(
        col(LedgerCheckpoint.origin),
        col(LedgerCheckpoint.size),
        col(LedgerCheckpoint.root),
        col(LedgerCheckpoint.note),
    )
    .where(col(LedgerCheckpoint.size) >= bindparam("low"), col(LedgerCheckpoint.size) <= bindparam("high"))
    .order_by(col(LedgerCheckpoint.size), col(LedgerCheckpoint.origin)),
    Signed,
)
HEADS = Statement(
    select(
        col(LedgerHead.origin),
        col(LedgerHead.size),
        col(LedgerHead.root),
        col(LedgerHead.note),
        select(func.max(col(LedgerCheckpoint.size)))
        .where(col(LedgerCheckpoint.origin) == col(LedgerHead.origin))
        .scalar_subquery(),
    ).order_by(col(LedgerHead.origin)),
    LastSigned,
)
HEADLESS = Statement(
    select(col(LedgerCheckpoint.origin))
    .where(col(LedgerCheckpoint.origin).not_in(select(col(LedgerHead.origin))))
    .limit(1),
    Origin,
)
WIDEST = Statement(
    select(col(LedgerTile.level), func.max(col(LedgerTile.tile_index))).group_by(col(LedgerTile.level)),
    Widest,
)
_LOW, _HIGH = bindparam("low", type_=BigInteger), bindparam("high", type_=BigInteger)
_FILED = union_all(
    select(col(LedgerEntry.shelf).label("number"), col(LedgerEntry.event_id)).where(
        col(LedgerEntry.position) >= _LOW, col(LedgerEntry.position) < _HIGH
    ),
    select(
        cast(col(LedgerRetired.position) // (1 << SHELF_BITS), Integer), col(LedgerRetired.event_id)
    ).where(col(LedgerRetired.position) >= _LOW, col(LedgerRetired.position) < _HIGH),
).subquery("filed")
_STACKS = (
    select(
        _FILED.c.number,
        func.min(_FILED.c.event_id).label("lowest"),
        func.max(_FILED.c.event_id).label("highest"),
    )
    .group_by(_FILED.c.number)
    .subquery("stacks")
)
STACKED = Statement(
    select(_STACKS, col(LedgerShelf.low_id), col(LedgerShelf.high_id))
    .join(LedgerShelf, col(LedgerShelf.number) == _STACKS.c.number, isouter=True)
    .order_by(_STACKS.c.number),
    Stacked,
)
STRAY = Statement(
    select(col(LedgerShelf.number)).where(
        (col(LedgerShelf.number) < 0)
        | (
            col(LedgerShelf.number)
            > func.coalesce(select(func.max(col(LedgerEntry.shelf))).scalar_subquery(), -1)
        )
    ),
    Stray,
)
KEPT = Statement(
    select(col(LedgerEvent.id), col(LedgerEntry.position), col(LedgerQueue.event_id))
    .join(LedgerEntry, col(LedgerEntry.event_id) == col(LedgerEvent.id), isouter=True)
    .join(LedgerQueue, col(LedgerQueue.event_id) == col(LedgerEvent.id), isouter=True)
    .where(col(LedgerEvent.id) > bindparam("after"))
    .order_by(col(LedgerEvent.id))
    .limit(_LIMIT),
    Kept,
)
WAITING = Statement(
    select(col(LedgerQueue.event_id), col(LedgerEvent.leaf))
    .join(LedgerEvent, col(LedgerEvent.id) == col(LedgerQueue.event_id), isouter=True)
    .where(col(LedgerQueue.event_id) > bindparam("after"))
    .order_by(col(LedgerQueue.event_id))
    .limit(_LIMIT),
    Waiting,
)
