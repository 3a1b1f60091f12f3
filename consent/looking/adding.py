"""The background job that adds new entries of the log to the figures, a piece at a time.

As the history's projection does (consent/mirror/folder.py): the sums and how far they go are written in one
unit, whose first statement moves the number from where the pass began.
"""

import asyncio
from typing import Any

from sqlalchemy import Executable, bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col

from consent.ledger.store import tree_size
from consent.ledger.tables import LedgerEntry, LedgerEvent
from consent.looking.counting import READ_AFTER_END, Entry, Sums, add_up
from consent.looking.tables import LedgerDay, LedgerFlag
from consent.mirror.folder import move, position
from consent.tables import Grant
from foundation.database import Database, Transaction
from foundation.statements import Statement, Write, upsert

NAME = "figures"
_PIECE = 500  # entries a unit: some milliseconds of the loop, between which others have their turn

_ENTRIES = Statement(
    select(
        col(LedgerEntry.event_id),
        col(LedgerEntry.time),
        col(LedgerEntry.event),
        col(LedgerEntry.outcome),
        col(LedgerEntry.client),
        col(LedgerEvent.leaf),
        col(Grant.granted_at),
        col(Grant.revision),
        col(Grant.revoked_at),
    )
    .join(LedgerEvent, col(LedgerEvent.id) == col(LedgerEntry.event_id))
    .join(Grant, col(Grant.id) == col(LedgerEntry.grant_id), isouter=True)
    .where(col(LedgerEntry.position) >= bindparam("low"), col(LedgerEntry.position) < bindparam("high")),
    Entry,
)


def _add(dialect: str) -> Executable:
    asked = sqlite.insert(LedgerDay) if dialect == "sqlite" else postgresql.insert(LedgerDay)
    return asked.on_conflict_do_update(
        index_elements=["event", "day", "outcome", "client", "detail"],
        set_={"times": col(LedgerDay.times) + asked.excluded["times"]},
    )


_ADD = Write(_add)
_FLAG = Write(upsert(LedgerFlag, ["event_id"], []))
_NO_DAYS, _NO_FLAGS = Write(delete(LedgerDay)), Write(delete(LedgerFlag))


async def add_new(db: Database) -> int:
    """Add what is new; how many entries."""
    added = 0
    while more := await _step(db):
        added += more
        await asyncio.sleep(0)
    return added


async def forget(tx: Transaction) -> None:
    """Drop every figure: the job makes them again from what the log still has."""
    low = await position(tx, NAME)
    if low and await move(tx, NAME, low, 0):
        await tx.run(_NO_DAYS)
        await tx.run(_NO_FLAGS)


async def _step(db: Database) -> int:
    async with db.reading() as tx:
        low = await position(tx, NAME)
        high = min(await tree_size(tx), low + _PIECE)
        entries = await tx.all(_ENTRIES, low=low, high=high) if low < high else []
    if low >= high:
        return 0
    sums = add_up(entries)
    async with db.transaction() as tx:
        if not await move(tx, NAME, low, high):
            return 0  # another node did
        await _write(tx, sums)
    return high - low


async def _write(tx: Transaction, sums: Sums) -> None:
    # In one order everywhere, so that two nodes never wait for each other.
    rows: list[dict[str, Any]] = [
        key._asdict() | {"times": times} for key, times in sorted(sums.counts.items())
    ]
    if rows:
        await tx.run_many(_ADD, rows)
    if sums.flagged:
        await tx.run_many(_FLAG, [{"event_id": one, "kind": READ_AFTER_END} for one in sums.flagged])
