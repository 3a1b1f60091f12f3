"""Who a breach affects (GDPR art. 33-34): people x fields x app x interval, out of the ledger.

Every read is in it with the fields that left, so the answer is what was read, not what could have been. One
statement walks one range of one index (an app's events by time), a piece at a time so that nobody else waits:
it costs what that app did in that interval, however long the log is. Someone erased is counted and has no
name: nobody can write to her any more.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from typing import NamedTuple

from sqlalchemy import JSON, ColumnElement, Executable, String, bindparam, cast, func, literal_column, select
from sqlmodel import col

from consent.events import LISTING
from consent.ledger.find import Window
from consent.ledger.leaf import Leaf, LeafError, parse_leaf
from consent.ledger.moments import moment_of
from consent.ledger.store import tree_size
from consent.ledger.tables import LedgerEntry, LedgerEvent, LedgerQueue
from consent.tables import Grant
from foundation.clock import to_datetime
from foundation.database import Database
from foundation.errors import AccordError
from foundation.statements import Statement

_READ = "data.read"
_EARLIEST, _LATEST = 1971, 2200
PIECE = 2_000  # reads a statement: some milliseconds


@dataclass(frozen=True, slots=True)
class Question:
    """An app, a dataset ("" for any), a field ("" for any), and when: [since, until), microseconds."""

    client_id: str
    since: int
    until: int
    dataset: str = ""
    field: str = ""

    def __post_init__(self) -> None:
        if self.since >= self.until:
            raise AccordError("bad_interval", "The interval ends before it starts.", status=422)


class ReadRow(NamedTuple):
    """Reads of one dataset with the same fields under one grant. fields: space-separated."""

    person_id: str | None
    grant_id: str
    dataset: str
    fields: str
    reads: int
    first_id: str
    last_id: str


class _Place(NamedTuple):
    position: int


class _Owner(NamedTuple):
    person_id: str | None


class _Queued(NamedTuple):
    event_id: str
    leaf: str


class _Waiting(NamedTuple):
    event_id: str
    leaf: Leaf


@dataclass(slots=True)
class Affected:
    """One person: what left of her, how often, first and last (microseconds). person_id: None once erased."""

    person_id: str | None
    grant_ids: set[str] = field(default_factory=set)
    fields: set[str] = field(default_factory=set)  # "dataset.field"
    reads: int = 0
    first_at: int = 0
    last_at: int = 0

    def add(self, row: ReadRow, names: Iterable[str]) -> None:
        """Reads that count. names: of the fields asked about that left."""
        first, last = moment_of(row.first_id), moment_of(row.last_id)
        self.first_at = min(self.first_at or first, first)
        self.last_at = max(self.last_at, last)
        self.grant_ids.add(row.grant_id)
        self.fields |= {f"{row.dataset}.{name}" for name in names}
        self.reads += row.reads


class Answer(NamedTuple):
    """Those who have a name, those who were erased (one a grant), and how many reads in all."""

    people: list[Affected]
    erased: list[Affected]
    reads: int


def _fact(dialect: str, leaf: ColumnElement[str], name: str) -> ColumnElement[str]:
    if dialect == "sqlite":
        path: ColumnElement[str] = literal_column(f"'$.facts.{name}'")
        return func.json_extract(leaf, path, type_=String)
    text: ColumnElement[str] = cast(leaf, JSON)["facts"][name].as_string()
    return text


def _read(dialect: str) -> Executable:
    # SQLite keeps no statistics: written so, it can only take the index by app and time.
    event = col(LedgerEntry.event)
    piece = (
        select(col(LedgerEntry.event_id), col(LedgerEntry.grant_id), col(LedgerEvent.leaf))
        .join(LedgerEvent, col(LedgerEvent.id) == col(LedgerEntry.event_id))
        .where(
            col(LedgerEntry.client) == bindparam("client_id"),
            (event.concat("") if dialect == "sqlite" else event) == _READ,
            col(LedgerEntry.event_id) >= bindparam("low"),
            col(LedgerEntry.event_id) < bindparam("high"),
            col(LedgerEntry.position) < bindparam("size"),
        )
        .order_by(col(LedgerEntry.event_id))
        .limit(PIECE)
        .subquery("piece")
    )
    dataset, fields = _fact(dialect, piece.c.leaf, "dataset"), _fact(dialect, piece.c.leaf, "fields")
    return (
        select(
            col(Grant.person_id),
            piece.c.grant_id,
            dataset.label("dataset"),
            fields.label("fields"),
            func.count().label("reads"),
            func.min(piece.c.event_id).label("first_id"),
            func.max(piece.c.event_id).label("last_id"),
        )
        .select_from(piece.outerjoin(Grant, col(Grant.id) == piece.c.grant_id))
        .group_by(col(Grant.person_id), piece.c.grant_id, dataset, fields)
    )


READ: Statement[ReadRow] = Statement(_read, ReadRow)
_PLACE = Statement(
    select(col(LedgerEntry.position)).where(col(LedgerEntry.event_id) == bindparam("event_id")),
    _Place,
)
_QUEUED = Statement(
    select(col(LedgerQueue.event_id), col(LedgerEvent.leaf))
    .join(LedgerEvent, col(LedgerEvent.id) == col(LedgerQueue.event_id))
    .where(col(LedgerQueue.event_id) >= bindparam("low"), col(LedgerQueue.event_id) < bindparam("high")),
    _Queued,
)
_OWNER = Statement(select(col(Grant.person_id)).where(col(Grant.id) == bindparam("grant_id")), _Owner)


def moment_in(text: str, zone: tzinfo) -> int | None:
    """Microseconds of a hostile ISO 8601 text, in `zone` where it names none; None for no such moment."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if not _EARLIEST <= moment.year <= _LATEST:  # also what arithmetic on dates can take
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    return (aware - to_datetime(0)) // timedelta(microseconds=1)


async def affected(db: Database, question: Question) -> Answer:
    """Whom the app read in the interval, and what of them left. Several reads of committed state."""
    window = Window.of(question.since, question.until)
    found: dict[str, Affected] = {}
    # What waits is looked at before the tree's size is taken: an event is in one of the two, or placed since.
    waiting = await _waiting(db, question, window)
    async with db.reading() as tx:
        size = await tree_size(tx)
    low = window.low
    while True:
        async with db.reading() as tx:
            rows = await tx.all(READ, client_id=question.client_id, low=low, high=window.high, size=size)
        _count(found, question, rows)
        if sum(row.reads for row in rows) < PIECE:
            break
        low = max(row.last_id for row in rows) + "0"  # no id lies between an id and itself with one more
        await asyncio.sleep(0)  # whoever else wants the loop has it
    _count(found, question, await _still_waiting(db, waiting, size))
    everyone = sorted(found.values(), key=lambda one: (one.first_at, min(one.grant_ids)))
    return Answer(
        [one for one in everyone if one.person_id is not None],
        [one for one in everyone if one.person_id is None],
        sum(one.reads for one in everyone),
    )


async def _waiting(db: Database, question: Question, window: Window) -> list[_Waiting]:
    """The leaves of matching events that have no place in the tree yet: the queue is short."""
    async with db.reading() as tx:
        rows = await tx.all(_QUEUED, low=window.low, high=window.high)
    leaves = [(row.event_id, _leaf(row.leaf)) for row in rows]
    return [
        _Waiting(event_id, leaf)
        for event_id, leaf in leaves
        if leaf is not None and leaf.event == _READ and leaf.client == question.client_id
    ]


async def _still_waiting(db: Database, waiting: Iterable[_Waiting], size: int) -> list[ReadRow]:
    """Those of them that were not in the tree of that size, as rows of one read each."""
    rows = []
    async with db.reading() as tx:
        for event_id, leaf in waiting:
            place = await tx.first(_PLACE, event_id=event_id)
            if place is not None and place.position < size:
                continue
            grant = leaf.grant or ""
            owner = await tx.first(_OWNER, grant_id=grant)
            dataset, fields = str(leaf.facts["dataset"]), str(leaf.facts["fields"])
            whose = None if owner is None else owner.person_id
            rows.append(ReadRow(whose, grant, dataset, fields, 1, event_id, event_id))
    return rows


def _count(found: dict[str, Affected], question: Question, rows: Iterable[ReadRow]) -> None:
    for row in rows:
        if row.dataset == LISTING or question.dataset not in {"", row.dataset}:
            continue
        names = [name for name in row.fields.split() if question.field in {"", name}]
        if names:
            whose = row.person_id or f"grant {row.grant_id}"
            found.setdefault(whose, Affected(row.person_id)).add(row, names)


def _leaf(text: str) -> Leaf | None:
    try:
        return parse_leaf(text)
    except LeafError:
        return None
