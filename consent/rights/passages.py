"""What happened to someone, event by event, oldest first: for the archive that she takes along.

Under each of her grants, and to her account. Read a page at a time: a life of reads does not fit in memory.
"""

from collections.abc import AsyncIterator
from typing import Any, NamedTuple

from sqlalchemy import bindparam, select
from sqlmodel import col

from consent.ledger.leaf import Leaf, LeafError, parse_leaf
from consent.ledger.persons import PayloadError, open_payload, pseudonym
from consent.ledger.searching.find import Found, find
from consent.ledger.shelves import Window
from consent.ledger.tables import LedgerEvent
from foundation.clock import DAY, to_datetime
from foundation.database import Database, Transaction
from foundation.statements import Statement
from keys.people import PersonSecrets

_PAGE = 500


class Passage(NamedTuple):
    """One event. text: its leaf as stored; payload: what was sealed with it, None for nothing."""

    text: str
    leaf: Leaf
    position: int | None
    payload: dict[str, Any] | None


class _Sealed(NamedTuple):
    sealed: bytes | None


_SEALED = Statement(
    select(col(LedgerEvent.sealed)).where(col(LedgerEvent.id) == bindparam("event_id")), _Sealed
)


async def under_grant(
    db: Database, secrets: PersonSecrets, grant_id: str, event: str | None = None
) -> AsyncIterator[Passage]:
    """Everything under one grant, or one type of event."""
    fields = {"grant": grant_id} if event is None else {"grant": grant_id, "event": event}
    async for passage in _all(db, secrets, fields):
        yield passage


async def of_account(db: Database, secrets: PersonSecrets, since: int, until: int) -> AsyncIterator[Passage]:
    """What happened to her account: signing in, changing her password. since, until: microseconds."""
    for year in range(to_datetime(since).year, to_datetime(until).year + 1):
        moment = int(to_datetime(0).replace(year=year, month=7).timestamp()) * (DAY // 86_400)
        async for passage in _all(db, secrets, {"person": pseudonym(secrets, None, moment)}):
            yield passage


async def _all(db: Database, secrets: PersonSecrets, fields: dict[str, str]) -> AsyncIterator[Passage]:
    window, more = Window.of(None, None), True
    while more:
        async with db.reading() as tx:
            found = await find(tx, fields, window, _PAGE, ascending=True)
            passages = [await _passage(tx, secrets, one) for one in found]
        for passage in passages:
            if passage is not None:
                yield passage
        more = len(found) == _PAGE
        window = window.after(found[-1].event_id) if found else window


async def _passage(tx: Transaction, secrets: PersonSecrets, found: Found) -> Passage | None:
    """None for a text that is no leaf: the verifier says why, and it tells her nothing."""
    try:
        leaf = parse_leaf(found.leaf)
    except LeafError:
        return None
    payload = None
    if leaf.commitment is not None:
        row = await tx.first(_SEALED, event_id=leaf.id)
        try:
            payload = open_payload(secrets, leaf, row.sealed) if row and row.sealed else None
        except PayloadError:
            payload = None  # an auditor's own search, say: sealed under another's key
    return Passage(found.leaf, leaf, found.position, payload)
