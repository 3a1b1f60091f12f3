"""What the report asks of the database, a day of a month at a time: a month may hold millions of events."""

from typing import NamedTuple

from sqlalchemy import ColumnElement, bindparam, case, func, select
from sqlalchemy.orm import Mapped
from sqlmodel import col

from consent.ledger.retiring.retired import EVENT
from consent.ledger.tables import LedgerEntry, LedgerEvent, LedgerQueue, LedgerRetirement
from consent.tables import Grant
from foundation.statements import Statement


class Sum(NamedTuple):
    """Events of a class, and the bytes of what would go: leaves and payloads."""

    log: str
    events: int
    bytes: int


class Ends(NamedTuple):
    """A grant, and when nothing can be read under it any more."""

    grant_id: str
    ended_at: int


class Id(NamedTuple):
    """The smallest id that there is, if any."""

    event_id: str | None


class Intent(NamedTuple):
    """A row of `ledger_retirement`, with the leaf of its event."""

    log: str
    month: str
    ended_at: int | None
    leaf: str


def _within(event_id: Mapped[str]) -> tuple[ColumnElement[bool], ...]:
    return event_id >= bindparam("low"), event_id < bindparam("high")


_entry, _waiting = col(LedgerEntry.event_id), col(LedgerQueue.event_id)
_ENDED = case(
    (col(Grant.revoked_at) < col(Grant.expires_at), col(Grant.revoked_at)), else_=col(Grant.expires_at)
)
_SEALED = func.coalesce(func.length(col(LedgerEvent.sealed)), 0)

NEXT = Statement(select(func.min(_entry)).where(_entry >= bindparam("low")), Id)
SUMS = Statement(
    select(col(LedgerEntry.log), func.count(), func.sum(func.length(col(LedgerEvent.leaf)) + _SEALED))
    .join(LedgerEvent, col(LedgerEvent.id) == _entry)
    .where(*_within(_entry), col(LedgerEntry.event) != EVENT)
    .group_by(col(LedgerEntry.log)),
    Sum,
)
LAST_GRANT = Statement(
    select(col(Grant.id), _ENDED)
    .join(LedgerEntry, col(LedgerEntry.grant_id) == col(Grant.id))
    .where(*_within(_entry), col(LedgerEntry.log) == "consent")
    .order_by(_ENDED.desc())
    .limit(1),
    Ends,
)
WAITING = Statement(select(func.min(_waiting)).where(*_within(_waiting)), Id)
INTENTS = Statement(
    select(
        col(LedgerRetirement.log),
        col(LedgerRetirement.month),
        col(LedgerRetirement.ended_at),
        col(LedgerEvent.leaf),
    )
    .join(LedgerEvent, col(LedgerEvent.id) == col(LedgerRetirement.event_id))
    .order_by(col(LedgerRetirement.month), col(LedgerRetirement.log)),
    Intent,
)
