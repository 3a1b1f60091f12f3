"""How far the log is behind: events recorded and not yet covered by a signed head."""

from typing import NamedTuple

from sqlalchemy import bindparam, select
from sqlmodel import col

from consent.ledger.moments import moment_of
from consent.ledger.store import Head
from consent.ledger.tables import LedgerEntry, LedgerQueue
from consent.ledger.waiting import LEAF
from foundation.database import Transaction
from foundation.statements import Statement


class Backlog(NamedTuple):
    """Time (microseconds) of the oldest event without a position, and of one without a signed head."""

    queued_since: int | None
    unsigned_since: int | None

    def age(self, now: int) -> int:
        """Microseconds that the oldest unproved event has waited; 0 when there is none."""
        waiting = [since for since in self if since is not None]
        return max(0, now - min(waiting)) if waiting else 0


class _Oldest(NamedTuple):
    event_id: str


class _Time(NamedTuple):
    time: int


# A queue row without its event is a defect for the verifier to name, not a lag that never ends.
_OLDEST_QUEUED = Statement(
    select(col(LedgerQueue.event_id)).where(LEAF.is_not(None)).order_by(col(LedgerQueue.event_id)).limit(1),
    _Oldest,
)
_TIME_AT = Statement(
    select(col(LedgerEntry.time)).where(col(LedgerEntry.position) == bindparam("position")), _Time
)


async def read_backlog(tx: Transaction, head: Head | None) -> Backlog:
    """The backlog behind `head`, the last signed one."""
    queued = await tx.first(_OLDEST_QUEUED)
    unsigned = await tx.first(_TIME_AT, position=0 if head is None else head.size)
    return Backlog(
        None if queued is None else moment_of(queued.event_id), None if unsigned is None else unsigned.time
    )
