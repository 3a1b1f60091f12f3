"""What the report asks of the database: what is kept by month, and who of a month's grants ended last.

The latter alone reads a month of the log, a day at a time: a month may hold millions of events.
"""

from typing import NamedTuple

from sqlalchemy import BigInteger, bindparam, case, func, select, update
from sqlmodel import col

from consent.ledger.tables import LedgerEntry, LedgerEvent, LedgerQueue, LedgerRetirement
from consent.looking.tables import LedgerMonth
from consent.tables import Grant
from foundation.statements import Statement, Write


class Held(NamedTuple):
    """A row of `ledger_month`. ended_at: when nothing could be read any more under its grant."""

    log: str
    month: str
    events: int
    bytes: int
    grant_id: str | None
    looked_at: int | None
    ended_at: int | None

    @property
    def settled(self) -> bool:
        """Whether no grant in it can keep it longer than this one does: what ended never lives again."""
        if self.looked_at is None:
            return False
        return self.ended_at is None or self.ended_at <= self.looked_at


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


_ENDED = case(
    (col(Grant.revoked_at) < col(Grant.expires_at), col(Grant.revoked_at)), else_=col(Grant.expires_at)
)
_month = LedgerMonth

HELD = Statement(
    select(
        col(_month.log), col(_month.month), col(_month.events), col(_month.bytes),
        col(_month.grant_id), col(_month.looked_at), _ENDED,
    )
    .join(Grant, col(Grant.id) == col(_month.grant_id), isouter=True)
    .order_by(col(_month.month), col(_month.log)),
    Held,
)  # fmt: skip
LAST_GRANT = Statement(
    select(col(Grant.id), _ENDED)
    .join(LedgerEntry, col(LedgerEntry.grant_id) == col(Grant.id))
    .where(
        col(LedgerEntry.event_id) >= bindparam("low"),
        col(LedgerEntry.event_id) < bindparam("high"),
        col(LedgerEntry.log) == "consent",
    )
    .order_by(_ENDED.desc())
    .limit(1),
    Ends,
)
# Not where it grew meanwhile.
LOOKED = Write(
    update(_month)
    .where(
        col(_month.log) == bindparam("of_log"),
        col(_month.month) == bindparam("of_month"),
        col(_month.events) == bindparam("seen", type_=BigInteger),
    )
    .values(grant_id=bindparam("last"), looked_at=bindparam("now"))
)
FIRST_WAITING = Statement(select(func.min(col(LedgerQueue.event_id))), Id)
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
