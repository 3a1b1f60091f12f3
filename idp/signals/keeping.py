"""How long the outbox keeps what is settled: a year, for the pages; the ledger has it longer.

An erasure that an app still owes its word on stays until it gives it: what is held against an app must not
run out by keeping silent.
"""

from sqlalchemy import or_
from sqlmodel import col

from foundation.clock import DAY
from foundation.database import Database
from foundation.purging import Purge
from idp.signals.rows import QUEUED
from idp.signals.tables import Signal

KEPT = 365 * DAY
_SETTLED = (~QUEUED, or_(col(Signal.erase_by).is_(None), col(Signal.attested_at).is_not(None)))
_OLD = Purge(Signal, only=_SETTLED)


async def purge(db: Database, now: int) -> int:
    """Delete what is settled and older than KEPT; how many events."""
    return await _OLD.made_before(db, now - KEPT)
