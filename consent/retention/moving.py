"""The units of a retirement: the intent, a piece that moves, the end. Each holds the intent's row first."""

from functools import partial
from typing import NamedTuple

import orjson
from sqlalchemy import BigInteger, Executable, Integer, bindparam, delete, func, insert, select, update
from sqlalchemy.orm import Mapped
from sqlmodel import SQLModel, col

from consent.ledger.leaf import parse_leaf
from consent.ledger.retiring.retired import EVENT, Period, Retired, retired_by
from consent.ledger.retiring.retirements import Place, window_of
from consent.ledger.tables import LedgerEntry, LedgerEvent, LedgerRetired, LedgerRetirement
from consent.looking.tables import LedgerMonth
from consent.mirror.lists import given
from foundation.database import ConflictError, Transaction
from foundation.statements import Statement, Write

# What one unit takes away: on SQLite it holds the loop and the writer, some ten milliseconds.
PIECE = 250


class Begun(NamedTuple):
    """A retirement that was begun. position: of its event, None while that waits for its place."""

    event_id: str
    ended_at: int | None
    leaf: str
    position: int | None

    @property
    def retired(self) -> Retired:
        """What goes. Raises LeafError or ValueError for an event that was damaged."""
        told = retired_by(parse_leaf(self.leaf))
        if told is None:
            raise ValueError("the event of a retirement accounts for nothing")
        return told


class _Span(NamedTuple):
    first: int | None
    last: int | None


class _Count(NamedTuple):
    events: int


class _Held(NamedTuple):
    event_id: str


class _Next(NamedTuple):
    position: int
    event_id: str
    log: str
    bytes: int


_id, _position = col(LedgerEntry.event_id), col(LedgerEntry.position)
_OF_PERIOD = (
    _id >= bindparam("low"),
    _id < bindparam("high"),
    col(LedgerEntry.log) == bindparam("of_log"),
    col(LedgerEntry.event) != EVENT,
)
_THIS = (
    col(LedgerRetirement.log) == bindparam("of_log"),
    col(LedgerRetirement.month) == bindparam("of_month"),
)
_SPAN = Statement(select(func.min(_position), func.max(_position)).where(*_OF_PERIOD), _Span)
_BEGUN = Statement(
    select(col(LedgerRetirement.event_id), col(LedgerRetirement.ended_at), col(LedgerEvent.leaf), _position)
    .join(LedgerEvent, col(LedgerEvent.id) == col(LedgerRetirement.event_id))
    .join(LedgerEntry, col(LedgerRetirement.event_id) == _id, isouter=True)
    .where(*_THIS),
    Begun,
)
# Two that retire one month take turns.
_HOLD = Statement(select(col(LedgerRetirement.event_id)).where(*_THIS).with_for_update(), _Held)
_SIZE = func.length(col(LedgerEvent.leaf)) + func.coalesce(func.length(col(LedgerEvent.sealed)), 0)
_NEXT = Statement(
    select(_position, _id, col(LedgerEntry.log), _SIZE)
    .join(LedgerEvent, col(LedgerEvent.id) == _id)
    .where(*_OF_PERIOD, _position >= bindparam("first"), _position <= bindparam("last"))
    .order_by(_id)
    .limit(bindparam("most", type_=Integer)),
    _Next,
)
_GONE = Statement(
    select(func.count()).where(
        col(LedgerRetired.event_id) >= bindparam("low"),
        col(LedgerRetired.event_id) < bindparam("high"),
        col(LedgerRetired.log) == bindparam("of_log"),
    ),
    _Count,
)
_INTEND = Write(insert(LedgerRetirement))
_INTEND_AGAIN = Write(
    update(LedgerRetirement)
    .where(
        *_THIS,
        col(LedgerRetirement.event_id) == bindparam("before"),
        col(LedgerRetirement.ended_at).is_not(None),
    )
    .values(event_id=bindparam("again"), ended_at=None)
)
_FEWER = Write(
    update(LedgerMonth)
    .where(col(LedgerMonth.log) == bindparam("of_log"), col(LedgerMonth.month) == bindparam("of_month"))
    .values(
        events=col(LedgerMonth.events) - bindparam("fewer", type_=BigInteger),
        bytes=col(LedgerMonth.bytes) - bindparam("smaller", type_=BigInteger),
    )
)
_KEEP = Write(insert(LedgerRetired))


def _forget(dialect: str, column: Mapped[str], table: type[SQLModel]) -> Executable:
    return delete(table).where(column.in_(given(dialect, "events")))


_FORGET = (
    Write(partial(_forget, column=col(LedgerEvent.id), table=LedgerEvent)),
    Write(partial(_forget, column=col(LedgerEntry.event_id), table=LedgerEntry)),
)
_END = Write(
    update(LedgerRetirement)
    .where(*_THIS, col(LedgerRetirement.ended_at).is_(None))
    .values(ended_at=bindparam("now"))
)


async def find_begun(tx: Transaction, period: Period) -> Begun | None:
    """The retirement of a period, or None before it began."""
    return await tx.first(_BEGUN, of_log=period.log, of_month=period.month)


async def span_of(tx: Transaction, period: Period) -> tuple[int, int] | None:
    """The first and the last position that a period still has; None when it has no event."""
    span = await tx.one(_SPAN, of_log=period.log, **window_of(period)._asdict())
    return None if span.first is None or span.last is None else (span.first, span.last)


async def intend(tx: Transaction, period: Period, event_id: str, before: Begun | None) -> None:
    """Record the intent, in the unit of the event. Raises ConflictError when somebody else did.

    before: the retirement that ended, where events of the period came after it.
    """
    if before is None:
        await tx.run(_INTEND, log=period.log, month=period.month, event_id=event_id, ended_at=None)
    elif not await tx.run(
        _INTEND_AGAIN, of_log=period.log, of_month=period.month, before=before.event_id, again=event_id
    ):
        raise ConflictError


async def count_gone(tx: Transaction, period: Period) -> int:
    """How many events of a period went already."""
    return (await tx.one(_GONE, of_log=period.log, **window_of(period)._asdict())).events


async def move(tx: Transaction, retired: Retired, after: str) -> list[Place]:
    """The next events of a period after that id: their places stay, all else goes. [] when none is left."""
    period = retired.period
    await tx.one(_HOLD, of_log=period.log, of_month=period.month)
    window = window_of(period).after(after) if after else window_of(period)
    found = await tx.all(
        _NEXT,
        of_log=period.log, first=retired.first, last=retired.last, most=PIECE, **window._asdict(),
    )  # fmt: skip
    places = [Place(*one[:3]) for one in found]
    if places:
        await tx.run_many(_KEEP, [place._asdict() for place in places])
        named = orjson.dumps([place.event_id for place in places]).decode()
        for statement in _FORGET:
            await tx.run(statement, events=named)
        smaller = sum(one.bytes for one in found)
        await tx.run(_FEWER, of_log=period.log, of_month=period.month, fewer=len(found), smaller=smaller)
    return places


async def end(tx: Transaction, period: Period, now: int) -> bool:
    """Say that all of it went; whether nobody had."""
    return await tx.run(_END, of_log=period.log, of_month=period.month, now=now) > 0
