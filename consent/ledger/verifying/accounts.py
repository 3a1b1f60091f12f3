"""Whether the log accounts for every leaf that went: each such place, held to the event that covers it.

What a retirement covers is added up whether its rows went already or not: while it is under way, too, what
the log's event says must be true.
"""

import asyncio
import hashlib
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import bindparam, func, select
from sqlmodel import col

from consent.ledger.merkle import HASH_BYTES, Range
from consent.ledger.retiring.retired import EVENT, Missing, Period
from consent.ledger.retiring.retirements import GONE, Place, Told, is_covered, read_told
from consent.ledger.store import read_tiles
from consent.ledger.tables import LedgerEntry, LedgerRetired
from consent.ledger.tiles import Tiles, tiles_over
from consent.ledger.verifying.recompute import hash_in, mistyped
from consent.ledger.verifying.verdict import Fault
from foundation.database import Database, Transaction
from foundation.statements import Statement

_PAGE = 5_000


class _Ends(NamedTuple):
    first: int | None
    last: int | None


_ENDS = Statement(select(func.min(col(LedgerRetired.position)), func.max(col(LedgerRetired.position))), _Ends)
# An event that accounts for others never goes.
_THERE = Statement(
    select(col(LedgerEntry.position), col(LedgerEntry.event_id), col(LedgerEntry.log)).where(
        col(LedgerEntry.position) >= bindparam("low"),
        col(LedgerEntry.position) < bindparam("high"),
        col(LedgerEntry.event) != EVENT,
    ),
    Place,
)


class Ids:
    """SHA-256 over the ids of the events that went, by position: which receipt leads to which place."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def add(self, event_id: str) -> None:
        self._hash.update(event_id.encode())

    def digest(self) -> str:
        return self._hash.hexdigest()


async def retired_fault(db: Database) -> Fault | None:
    """A leaf that is gone and that no event of the log accounts for, or one of which both is said."""
    while True:
        async with db.reading() as tx:
            told = await read_told(tx)
            ends = await tx.one(_ENDS)
        fault = await _Sum(told).over(db, ends)
        if fault is None:
            return None
        async with db.reading() as tx:
            if await read_told(tx) == told:
                return fault


class _Sum:
    def __init__(self, told: Sequence[Told]) -> None:
        self._told = told
        self._missing = Missing()
        self._ids: dict[Period, Ids] = {}
        for one in told:
            self._missing.met(one.leaf)

    async def over(self, db: Database, ends: _Ends) -> Fault | None:
        firsts = [one.retired.first for one in self._told]
        lasts = [one.retired.last for one in self._told]
        if ends.first is not None and ends.last is not None:
            firsts, lasts = [*firsts, ends.first], [*lasts, ends.last]
        end = max(lasts, default=-1) + 1
        for low in range(max(0, min(firsts, default=0)), end, _PAGE):
            async with db.reading() as tx:
                fault = await self._page(tx, low, min(low + _PAGE, end))
            if fault is not None:
                return fault
            await asyncio.sleep(0)  # beside a working server: its requests come first
        return self._unaccounted()

    async def _page(self, tx: Transaction, low: int, high: int) -> Fault | None:
        there = await _by_position(tx, _THERE, low, high)
        gone = await _by_position(tx, GONE, low, high)  # after: what goes meanwhile is in both
        both = there.keys() & gone.keys()
        if both:
            both &= (await _by_position(tx, _THERE, low, high)).keys()
        tiles = await read_tiles(tx, [one for one in tiles_over(Range(low, high)) if one.level == 0])
        for position, place in sorted((there | gone).items()):
            if position not in gone and not is_covered(self._told, place):
                continue
            fault = self._place(place, tiles)
            if fault is None and position in both:
                fault = _at(position, "said to have gone with its period, and its event is there")
            if fault is not None:
                return fault
        return None

    def _place(self, place: Place, tiles: Tiles) -> Fault | None:
        if mistyped(place) is not None:
            return _at(place.position, f"column {mistyped(place)} holds a value of another type")
        leaf_hash = hash_in(tiles, 0, place.position)
        if len(leaf_hash) != HASH_BYTES:
            return _at(place.position, "the log has no hash there")
        self._missing.gone(place.period, place.position, leaf_hash)
        self._ids.setdefault(place.period, Ids()).add(place.event_id)
        return None

    def _unaccounted(self) -> Fault | None:
        unaccounted = self._missing.unaccounted()
        if unaccounted is not None:
            period, position = unaccounted
            return _at(position, f"no event accounts for what is gone of {period.log} {period.month}")
        whole = self._missing.accounts()
        for one in self._told:
            period, ids = one.retired.period, self._ids.get(one.retired.period)
            if ids is None or (one.retired in whole and one.leaf.facts.get("ids") != ids.digest()):
                return _at(one.retired.first, f"the ids of {period.log} {period.month} are others")
        return None


def _at(position: int, reason: str) -> Fault:
    return Fault("ledger_retired", f"position={position}", reason)


async def _by_position(tx: Transaction, statement: Statement[Place], low: int, high: int) -> dict[int, Place]:
    return {row.position: row for row in await tx.all(statement, low=low, high=high)}
