"""One event of the ledger by its id, with its leaf word for word."""

from typing import NamedTuple

from sqlalchemy import bindparam, select
from sqlmodel import col

from consent.ledger.leaf import LeafError, parse_leaf
from consent.ledger.moments import promised_by
from consent.ledger.retiring.retirements import place_of_gone
from consent.ledger.searching.search import Row
from consent.ledger.store import Head
from consent.ledger.tables import LedgerEntry, LedgerEvent
from foundation.database import Transaction
from foundation.errors import AccordError
from foundation.statements import Statement


class StoredEvent(NamedTuple):
    """text: the leaf as stored; row: the same as a search shows it."""

    text: str
    row: Row


class _Found(NamedTuple):
    leaf: str
    position: int | None


_EVENT = Statement(
    select(col(LedgerEvent.leaf), col(LedgerEntry.position))
    .join(LedgerEntry, col(LedgerEntry.event_id) == col(LedgerEvent.id), isouter=True)
    .where(col(LedgerEvent.id) == bindparam("event_id")),
    _Found,
)


async def why_not(tx: Transaction, event_id: str, otherwise: AccordError) -> AccordError:
    """What to answer of an event that `read_event` did not find: that it was retired, or `otherwise`."""
    if await place_of_gone(tx, event_id) is None:
        return otherwise
    return AccordError("event_retired", "This event went with its month; its proof stays.", status=410)


async def read_event(tx: Transaction, head: Head | None, event_id: str) -> StoredEvent | None:
    """The event, or None for no such one. head: the last signed one, which says what is proved."""
    found = await tx.first(_EVENT, event_id=event_id)
    if found is None:
        return None
    try:
        leaf = parse_leaf(found.leaf)
    except LeafError:
        leaf = None
    if found.position is not None and head is not None and found.position < head.size:
        return StoredEvent(found.leaf, Row(event_id, leaf, found.position, "integrated", None))
    return StoredEvent(found.leaf, Row(event_id, leaf, found.position, "promised", promised_by(event_id)))
