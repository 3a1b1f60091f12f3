"""What the ledger holds and no summary does yet: the newest entries, and events that wait for their place.

Its cost goes with how far the projection is behind, a second or two of everybody's events, and not with what
a person ever did. While the projection catches up with a long log, the oldest part of the tail is left to it.
"""

from collections.abc import Awaitable, Callable, Iterable
from typing import NamedTuple, TypeVar

import orjson
from sqlalchemy import Executable, bindparam, func, select
from sqlmodel import col

from consent.ledger.store import tree_size
from consent.ledger.tables import LedgerEntry, LedgerEvent, LedgerQueue
from consent.ledger.waiting import LEAF, waiting
from consent.mirror.entries import Entry, read_entry
from consent.mirror.folder import position
from consent.mirror.lists import given, unindexed
from consent.tables import Grant
from foundation.database import Transaction
from foundation.statements import Statement

MOST = 2_000
_TRIES = 3
FoundT = TypeVar("FoundT")


class _Event(NamedTuple):
    event_id: str
    leaf: str


class _Grant(NamedTuple):
    grant_id: str


def _placed(dialect: str) -> Executable:
    grant = unindexed(dialect, col(LedgerEntry.grant_id))
    person = unindexed(dialect, col(Grant.person_id))
    return (
        select(col(LedgerEntry.event_id), col(LedgerEvent.leaf))
        .join(LedgerEvent, col(LedgerEvent.id) == col(LedgerEntry.event_id))
        .join(Grant, col(Grant.id) == grant)
        .where(col(LedgerEntry.position) >= bindparam("low"), person == bindparam("person_id"))
    )


def _queued(dialect: str) -> Executable:
    find_text = func.instr if dialect == "sqlite" else func.strpos
    return (
        waiting()
        .where(find_text(LEAF, '"grant":"') > 0)
        .order_by(col(LedgerQueue.event_id).desc())
        .limit(MOST)
    )


def _owned(dialect: str) -> Executable:
    person = unindexed(dialect, col(Grant.person_id))
    return select(col(Grant.id)).where(
        col(Grant.id).in_(given(dialect, "grants")), person == bindparam("person_id")
    )


_PLACED = Statement(_placed, _Event)
_QUEUED = Statement(_queued, _Event)
_OWNED = Statement(_owned, _Grant)


async def with_tail(
    tx: Transaction, person_id: str, read: Callable[[], Awaitable[FoundT]]
) -> tuple[FoundT, list[Entry]]:
    """What `read` finds in the summaries, and the person's entries that are not in it.

    Read again when the projection moved in between, or an entry could count twice.
    """
    for _ in range(_TRIES - 1):
        low = await position(tx)
        both = await read(), await _unfolded(tx, person_id, low)
        if await position(tx) == low:
            return both
    low = await position(tx)
    return await read(), await _unfolded(tx, person_id, low)


async def _unfolded(tx: Transaction, person_id: str, low: int) -> list[Entry]:
    # The queue first: an event that gets its place between the two reads is seen twice, never missed.
    waiting = _entries(await tx.all(_QUEUED))
    if waiting:
        grants = orjson.dumps(sorted({entry.grant_id for entry in waiting})).decode()
        hers = {row.grant_id for row in await tx.all(_OWNED, grants=grants, person_id=person_id)}
        waiting = [entry for entry in waiting if entry.grant_id in hers]
    low = max(low, await tree_size(tx) - MOST)
    placed = _entries(await tx.all(_PLACED, low=low, person_id=person_id))
    return list({entry.event_id: entry for entry in (*waiting, *placed)}.values())


def _entries(rows: Iterable[_Event]) -> list[Entry]:
    found = (read_entry(row.event_id, row.leaf) for row in rows)
    return [entry for entry in found if entry is not None]
