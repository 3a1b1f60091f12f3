"""Leadership where several nodes could sequence: one row, renewed by whoever works.

The upsert that takes or renews the lease runs first in each working unit, so its row lock also keeps two
sequencers of one moment apart; clocks that disagree cost time, never correctness (positions are unique and
the head is compared and swapped).
"""

from sqlalchemy import Executable, bindparam, or_
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from consent.ledger.tables import LedgerLease
from foundation.clock import SECOND
from foundation.database import Transaction
from foundation.statements import Write

LEASE = 5 * SECOND
_NAME = "sequencer"


def _take(_dialect: str) -> Executable:
    asked = insert(LedgerLease).values(name=_NAME, holder=bindparam("holder"), expires_at=bindparam("until"))
    free = or_(
        col(LedgerLease.holder) == asked.excluded.holder, col(LedgerLease.expires_at) < bindparam("now")
    )
    return asked.on_conflict_do_update(
        index_elements=["name"],
        set_={"holder": asked.excluded.holder, "expires_at": asked.excluded.expires_at},
        where=free,
    )


_TAKE = Write(_take)


async def hold_lease(tx: Transaction, holder: str, now: int) -> bool:
    """Take or renew the lease for `holder`; False while another holds it."""
    return await tx.run(_TAKE, holder=holder, until=now + LEASE, now=now) > 0


async def release_lease(tx: Transaction, holder: str, now: int) -> None:
    """Let another node take over at once, if `holder` leads."""
    if await hold_lease(tx, holder, now):
        await tx.run(_TAKE, holder=holder, until=0, now=now)
