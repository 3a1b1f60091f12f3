"""The projection: new entries of the ledger, folded into days and totals, in the background.

Positions are given in order and without gap, so "every entry below" is one number. A pass reads a piece of
the ledger, adds it up in memory, and writes sums and number in one unit whose first statement moves the
number from where the pass began: a pass that was cut wrote nothing, and of two nodes one comes too late.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Executable, bindparam, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col

from consent.ledger.store import tree_size
from consent.ledger.tables import LedgerEntry, LedgerEvent
from consent.mirror.aftermath import aftermath
from consent.mirror.entries import Entry, Sums, add_up, read_entry
from consent.mirror.lists import given
from consent.mirror.outcomes import Outcome, write_outcomes
from consent.mirror.tables import FoldCursor, HistoryDay, ReadTotal
from consent.tables import Grant
from foundation.clock import Clock
from foundation.database import Database, Transaction
from foundation.statements import Statement, Write, upsert
from keys.tables import PersonKey

NAME = "history"
# What one unit adds up: the more, the fewer rows it writes for an app that reads often.
BATCH = 4_000
_PIECE = 500  # entries read at once: some milliseconds of the loop, between which others have their turn


class Position(NamedTuple):
    """How far a projection has come."""

    position: int


class _Person(NamedTuple):
    person_id: str


class _Placed(NamedTuple):
    event_id: str
    leaf: str
    person_id: str


POSITION = Statement(
    select(col(FoldCursor.position)).where(col(FoldCursor.name) == bindparam("name")), Position
)
_BEGIN = Write(upsert(FoldCursor, ["name"], []))
_MOVE = Write(
    update(FoldCursor)
    .where(col(FoldCursor.name) == bindparam("of"), col(FoldCursor.position) == bindparam("from_position"))
    .values(position=bindparam("to_position"))
)
# Without a person there is nobody to tell: she was erased.
_PLACED = Statement(
    select(col(LedgerEntry.event_id), col(LedgerEvent.leaf), col(Grant.person_id))
    .join(LedgerEvent, col(LedgerEvent.id) == col(LedgerEntry.event_id))
    .join(Grant, col(Grant.id) == col(LedgerEntry.grant_id))
    .where(
        col(LedgerEntry.position) >= bindparam("low"),
        col(LedgerEntry.position) < bindparam("high"),
        col(Grant.person_id).is_not(None),
    )
    .order_by(col(LedgerEntry.position)),
    _Placed,
)


def _add_days(dialect: str) -> Executable:
    asked = sqlite.insert(HistoryDay) if dialect == "sqlite" else postgresql.insert(HistoryDay)
    new, old = asked.excluded, HistoryDay
    largest = func.max if dialect == "sqlite" else func.greatest
    return asked.on_conflict_do_update(
        index_elements=["person_id", "day", "grant_id", "line"],
        set_={
            "times": col(old.times) + new["times"],
            "items": largest(old.items, new["items"]),
            "last_at": largest(old.last_at, new["last_at"]),
            "last_event": largest(old.last_event, new["last_event"]),
        },
    )


def _add_totals(dialect: str) -> Executable:
    asked = sqlite.insert(ReadTotal) if dialect == "sqlite" else postgresql.insert(ReadTotal)
    new, old = asked.excluded, ReadTotal
    least, largest = (func.min, func.max) if dialect == "sqlite" else (func.least, func.greatest)
    return asked.on_conflict_do_update(
        index_elements=["person_id", "grant_id", "dataset", "fields"],
        set_={
            "reads": col(old.reads) + new["reads"],
            "first_at": least(old.first_at, new["first_at"]),
            "last_at": largest(old.last_at, new["last_at"]),
        },
    )


def _living(dialect: str) -> Executable:
    return (
        select(col(PersonKey.person_id))
        .where(col(PersonKey.person_id).in_(given(dialect, "people")))
        .with_for_update(read=True)
    )


_ADD_DAYS = Write(_add_days)
_ADD_TOTALS = Write(_add_totals)
# Held until the unit ends: nobody is erased between being found here and being written.
_LIVING = Statement(_living, _Person)


class Folder:
    """Folds the ledger; one a process, any number of processes."""

    def __init__(self, db: Database, clock: Clock, *, batch: int = BATCH) -> None:
        self._db = db
        self._clock = clock
        self._batch = batch

    async def catch_up(self) -> int:
        """Fold what is new; how many entries. Each piece is a unit of its own."""
        folded = 0
        while moved := await self.step():
            folded += moved
        return folded

    async def step(self) -> int:
        """Fold one piece: how many entries; 0 when there is none, or another node took it."""
        async with self._db.reading() as tx:
            low = await position(tx)
            high = min(await tree_size(tx), low + self._batch)
        if low >= high:
            return 0
        entries = await self._entries(low, high)
        sums = _by_person(entries)
        outcomes = [one for one in entries if one.after.care or one.after.template]
        async with self._db.transaction() as tx:
            if not await move(tx, NAME, low, high):
                return 0
            people = orjson.dumps(list(sums)).decode()
            living = {row.person_id for row in await tx.all(_LIVING, people=people)} if sums else set()
            await _write(tx, {person_id: hers for person_id, hers in sums.items() if person_id in living})
            theirs = (outcome for outcome in outcomes if outcome.person_id in living)
            await write_outcomes(tx, theirs, self._clock.now())
        return high - low

    async def _entries(self, low: int, high: int) -> list[Outcome]:
        """The entries from `low` up to `high`, which nothing changes any more."""
        entries: list[Outcome] = []
        for start in range(low, high, _PIECE):
            async with self._db.reading() as tx:
                placed = await tx.all(_PLACED, low=start, high=min(start + _PIECE, high))
            entries += _read(placed)
            await asyncio.sleep(0)
        return entries


async def position(tx: Transaction, name: str = NAME) -> int:
    """Every entry of the ledger below this is in a projection."""
    found = await tx.first(POSITION, name=name)
    return 0 if found is None else found.position


async def move(tx: Transaction, name: str, low: int, high: int) -> bool:
    """A projection that had every entry below `low` has those below `high` too; False: another node did."""
    if low == 0:
        await tx.run(_BEGIN, name=name, position=0)
    return await tx.run(_MOVE, of=name, from_position=low, to_position=high) > 0


def _read(placed: Iterable[_Placed]) -> list[Outcome]:
    read = ((row, read_entry(row.event_id, row.leaf)) for row in placed)
    return [
        Outcome(row.person_id, entry, aftermath(entry, row.leaf)) for row, entry in read if entry is not None
    ]


def _by_person(entries: Iterable[Outcome]) -> Mapping[str, Sums]:
    hers: dict[str, list[Entry]] = defaultdict(list)
    for person_id, entry, _ in entries:
        hers[person_id].append(entry)
    return {person_id: add_up(told) for person_id, told in sorted(hers.items())}


async def _write(tx: Transaction, sums: Mapping[str, Sums]) -> None:
    days: list[dict[str, Any]] = []
    totals: list[dict[str, Any]] = []
    for person_id, (by_day, in_total) in sums.items():
        person = {"person_id": person_id}
        days += [person | key._asdict() | line._asdict() for key, line in sorted(by_day.items())]
        totals += [person | key._asdict() | total._asdict() for key, total in sorted(in_total.items())]
    for statement, rows in ((_ADD_DAYS, days), (_ADD_TOTALS, totals)):
        if rows:
            await tx.run_many(statement, rows)
