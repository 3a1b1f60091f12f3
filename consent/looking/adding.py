"""The background job that adds new entries of the log to the figures, a piece at a time.

As the history's projection does (consent/mirror/folder.py): the sums and how far they go are written in one
unit, whose first statement moves the number from where the pass began.
"""

import asyncio
from collections.abc import Callable
from typing import Any, NamedTuple

from sqlalchemy import Executable, bindparam, delete, func, null, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col

from consent.ledger.store import tree_size
from consent.ledger.tables import LedgerEntry, LedgerEvent, LedgerRetirement
from consent.looking.counting import READ_AFTER_END, Entry, Sums, add_up
from consent.looking.tables import LedgerDay, LedgerFlag, LedgerMonth
from consent.mirror.folder import move, position
from consent.tables import Grant
from foundation.database import Database, Transaction
from foundation.errors import AccordError
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
        col(LedgerEntry.log),
        func.coalesce(func.length(col(LedgerEvent.sealed)), 0),
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


def _hold(dialect: str) -> Executable:
    asked = sqlite.insert(LedgerMonth) if dialect == "sqlite" else postgresql.insert(LedgerMonth)
    return asked.on_conflict_do_update(
        index_elements=["log", "month"],
        set_={
            "events": col(LedgerMonth.events) + asked.excluded["events"],
            "bytes": col(LedgerMonth.bytes) + asked.excluded["bytes"],
            "looked_at": null(),
        },
    )


class _Month(NamedTuple):
    month: str


_ADD, _HOLD = Write(_add), Write(_hold)
_FLAG = Write(upsert(LedgerFlag, ["event_id"], []))
_NOTHING = tuple(Write(delete(table)) for table in (LedgerDay, LedgerFlag, LedgerMonth))
_GOING = Statement(
    select(col(LedgerRetirement.month)).where(col(LedgerRetirement.ended_at).is_(None)).limit(1), _Month
)
Progress = Callable[[int, int], None]  # (entries counted, entries in all)


def _silent(_done: int, _total: int) -> None:
    """For whom nobody watches."""


async def add_new(db: Database, progress: Progress = _silent) -> int:
    """Add what is new, beside others that may be at it; how many entries were added here."""
    added = 0
    while (step := await _step(db, progress)) is not None:
        added += step
        await asyncio.sleep(0)
    return added


async def behind(tx: Transaction) -> int:
    """How many entries no figure counts yet."""
    return max(0, await tree_size(tx) - await position(tx, NAME))


async def forget(tx: Transaction) -> None:
    """Drop every figure: the job makes them again from what the log still has.

    Raises AccordError period_going (409) while a month is being retired: what goes is subtracted piece by
    piece.
    """
    if await tx.first(_GOING) is not None:
        raise AccordError(
            "period_going", "A month of the log is being retired: try again when it is done.", status=409
        )
    low = await position(tx, NAME)
    if low and await move(tx, NAME, low, 0):
        for statement in _NOTHING:
            await tx.run(statement)


async def _step(db: Database, progress: Progress) -> int | None:
    async with db.reading() as tx:
        low, size = await position(tx, NAME), await tree_size(tx)
        high = min(size, low + _PIECE)
        entries = await tx.all(_ENTRIES, low=low, high=high) if low < high else []
    progress(low, size)
    if low >= high:
        return None
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
    if sums.held:
        held = (
            (period, {"events": sums.held[period], "bytes": sums.bytes[period]})
            for period in sorted(sums.held)
        )
        empty = {"grant_id": None, "looked_at": None}
        await tx.run_many(_HOLD, [period._asdict() | sizes | empty for period, sizes in held])
    if sums.flagged:
        await tx.run_many(_FLAG, [{"event_id": one, "kind": READ_AFTER_END} for one in sums.flagged])
