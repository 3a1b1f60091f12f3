"""Events that wait for their place, as any statement finds them: by the queue, and each event by its key.

Left the choice, PostgreSQL goes by what it counted last. Where the queue was long then, it walks every event
there ever was to find the few that wait now.
"""

from sqlalchemy import ScalarSelect, Select, select
from sqlmodel import col

from consent.ledger.tables import LedgerEvent, LedgerQueue

# Of the event that a row of the queue names; NULL where that is gone.
LEAF: ScalarSelect[str | None] = (
    select(col(LedgerEvent.leaf)).where(col(LedgerEvent.id) == col(LedgerQueue.event_id)).scalar_subquery()
)


def waiting() -> Select[str, str | None]:
    """Id and leaf of each; a row of the queue without its event is for the verifier to name."""
    return select(col(LedgerQueue.event_id), LEAF).where(LEAF.is_not(None))
