"""The statements of the question who is affected: an app's authorizations, and the reads under them.

One index has an app's authorizations in the order of their holders, another, shelf by shelf, the entries of
an authorization in the order of time. Each authorization is first counted, no further than a piece, in the
second index alone; then as many as have a piece of reads together are read in one statement.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import aclosing
from functools import partial
from typing import NamedTuple

import orjson
from sqlalchemy import (
    JSON,
    ColumnElement,
    Executable,
    Integer,
    Select,
    String,
    any_,
    bindparam,
    cast,
    func,
    literal_column,
    select,
    tuple_,
)
from sqlmodel import col

from consent.ledger.leaf import Leaf, LeafError, parse_leaf
from consent.ledger.shelves import Window, on_shelves, shelf_of, slices
from consent.ledger.tables import LedgerEntry, LedgerEvent, LedgerQueue
from consent.ledger.waiting import waiting
from consent.mirror.lists import given
from consent.tables import Grant
from foundation.database import Database, Transaction
from foundation.statements import Statement

READ_EVENT = "data.read"
PIECE = 500  # reads a statement: some milliseconds
_GRANTS = 100  # authorizations a statement
_LOOKS = 25_000  # or fewer: each is looked for on each shelf


class ReadRow(NamedTuple):
    """Reads of one dataset with the same fields under one grant. fields: space-separated."""

    person_id: str | None
    grant_id: str
    dataset: str
    fields: str
    reads: int
    first_id: str
    last_id: str


class Listed(NamedTuple):
    """An authorization of the app. reads: its entries in the interval, counted no further than PIECE + 1."""

    grant_id: str
    person_id: str | None
    reads: int


class Waiting(NamedTuple):
    """A read that has no place in the tree yet."""

    event_id: str
    leaf: Leaf


class _Row(NamedTuple):
    grant_id: str
    dataset: str
    fields: str
    reads: int
    first_id: str
    last_id: str


class _Place(NamedTuple):
    position: int


class _Queued(NamedTuple):
    event_id: str
    leaf: str


class _Count(NamedTuple):
    grants: int


_IN_WINDOW = (
    col(LedgerEntry.event_id) >= bindparam("low"),
    col(LedgerEntry.event_id) < bindparam("high"),
)
_OF_APP = col(Grant.client_id) == bindparam("client_id")
_COUNT = Statement(select(func.count()).select_from(Grant).where(_OF_APP), _Count)
_PLACE = Statement(
    select(col(LedgerEntry.position)).where(col(LedgerEntry.event_id) == bindparam("event_id")),
    _Place,
)


_NAME = col(LedgerQueue.event_id)
_QUEUED = Statement(waiting().where(bindparam("low") <= _NAME, bindparam("high") > _NAME), _Queued)


def _listed(dialect: str, *, living: bool) -> Executable:
    person, grant = col(Grant.person_id), col(Grant.id)
    entries = (
        select(literal_column("1"))
        .select_from(LedgerEntry)
        .where(on_shelves(dialect), col(LedgerEntry.grant_id) == grant, *_IN_WINDOW)
        .limit(PIECE + 1)
        .correlate(Grant)
        .subquery("entries")
    )
    reads = select(func.count()).select_from(entries).scalar_subquery()
    order = (person, grant) if living else (grant,)
    bounds = tuple(bindparam(name, type_=String) for name in (("person", "grant") if living else ("grant",)))
    past = tuple_(*order) > tuple_(*bounds) if living else grant > bounds[0]
    return (
        select(grant, person, reads)
        .where(_OF_APP, past, person.is_not(None) if living else person.is_(None))
        .order_by(*order)
        .limit(bindparam("most", type_=Integer))
    )


_LIVING = Statement(partial(_listed, living=True), Listed)
_ERASED = Statement(partial(_listed, living=False), Listed)


def _fact(dialect: str, leaf: ColumnElement[str], name: str) -> ColumnElement[str]:
    if dialect == "sqlite":
        path: ColumnElement[str] = literal_column(f"'$.facts.{name}'")
        return func.json_extract(leaf, path, type_=String)
    text: ColumnElement[str] = cast(leaf, JSON)["facts"][name].as_string()
    return text


def _entries(dialect: str) -> Select[str | None, str, str]:
    # SQLite keeps no statistics: written so, it can only take the index by grant and time.
    event, client = col(LedgerEntry.event), col(LedgerEntry.client)
    return (
        select(col(LedgerEntry.grant_id), col(LedgerEntry.event_id), col(LedgerEvent.leaf))
        .join(LedgerEvent, col(LedgerEvent.id) == col(LedgerEntry.event_id))
        .where(
            on_shelves(dialect),
            *_IN_WINDOW,
            (event.concat("") if dialect == "sqlite" else event) == READ_EVENT,
            (client.concat("") if dialect == "sqlite" else client) == bindparam("client_id"),
            col(LedgerEntry.position) < bindparam("size"),
        )
    )


def _added_up(dialect: str, entries: Select[str | None, str, str]) -> Executable:
    piece = entries.subquery("piece")
    grant, event_id = piece.c.grant_id, piece.c.event_id
    dataset, fields = _fact(dialect, piece.c.leaf, "dataset"), _fact(dialect, piece.c.leaf, "fields")
    sums = (func.count(), func.min(event_id), func.max(event_id))
    return select(grant, dataset, fields, *sums).group_by(grant, dataset, fields)


def _of_grants(dialect: str) -> Executable:
    grant, wanted = col(LedgerEntry.grant_id), given(dialect, "grants")
    # As an array, PostgreSQL looks each up in the index of grants, however many it believes there are.
    among = grant.in_(wanted) if dialect == "sqlite" else grant == any_(func.array(wanted.scalar_subquery()))
    return _added_up(dialect, _entries(dialect).where(among))


def _of_one(dialect: str) -> Executable:
    entries = _entries(dialect).where(col(LedgerEntry.grant_id) == bindparam("grant_id"))
    return _added_up(
        dialect, entries.order_by(col(LedgerEntry.event_id)).limit(bindparam("most", type_=Integer))
    )


OF_GRANTS: Statement[_Row] = Statement(_of_grants, _Row)
OF_ONE: Statement[_Row] = Statement(_of_one, _Row)


class Reads:
    """What an app read in a window of event ids: placed in a tree of `size`, or waiting by grant."""

    def __init__(
        self,
        db: Database,
        client_id: str,
        window: Window,
        size: int,
        waiting: Mapping[str, list[Waiting]],
    ) -> None:
        self.window = window
        self._db = db
        self._app = {"client_id": client_id}
        self._all = {**self._app, "size": size}
        self._most = max(1, min(_GRANTS, _LOOKS // (1 + shelf_of(size))))
        self._waiting = waiting

    async def grants(self, person: str, grant: str, *, living: bool) -> list[Listed]:
        """The app's next authorizations past that one: of whoever has a name, or of the erased."""
        bounds = {**self.window._asdict(), "grant": grant, "most": self._most}
        async with self._db.reading() as tx:
            if living:
                found = await tx.all(_LIVING, **self._app, **bounds, person=person)
            else:
                found = await tx.all(_ERASED, **self._app, **bounds)
        await asyncio.sleep(0)  # whoever else wants the loop has it
        return found

    async def of(self, batch: Iterable[Listed]) -> list[ReadRow]:
        """Every read under a few authorizations."""
        holders = {one.grant_id: one for one in batch}
        wanted = orjson.dumps([one.grant_id for one in holders.values() if one.reads]).decode()
        bounds = self.window._asdict()
        async with self._db.reading() as tx:
            rows = await tx.all(OF_GRANTS, **self._all, **bounds, grants=wanted) if wanted != "[]" else []
        await asyncio.sleep(0)
        found = [ReadRow(holders[row.grant_id].person_id, *row) for row in rows]
        return found + [row for one in holders.values() for row in self.waiting_of(one)]

    async def next_of(self, one: Listed, low: str) -> list[ReadRow]:
        """A piece of one authorization's reads that have a place, from an id on."""
        rows: list[_Row] = []
        async with self._db.reading() as tx, aclosing(self._slices(tx, low)) as pieces:
            async for piece in pieces:
                most = PIECE - sum(row.reads for row in rows)
                rows += await tx.all(OF_ONE, **self._all, **piece._asdict(), grant_id=one.grant_id, most=most)
                if sum(row.reads for row in rows) == PIECE:
                    break
        await asyncio.sleep(0)
        return [ReadRow(one.person_id, *row) for row in rows]

    def _slices(self, tx: Transaction, low: str) -> AsyncGenerator[Window, None]:
        return slices(tx, Window(low, self.window.high), ascending=True)

    def waiting_of(self, one: Listed) -> list[ReadRow]:
        """Its reads that had no place yet, as rows of one read each."""
        return [
            ReadRow(one.person_id, one.grant_id, str(facts["dataset"]), str(facts["fields"]), 1, name, name)
            for name, facts in (
                (each.event_id, each.leaf.facts) for each in self._waiting.get(one.grant_id, ())
            )
        ]


async def count_grants(db: Database, client_id: str) -> int:
    """How many authorizations an app ever had."""
    async with db.reading() as tx:
        return (await tx.one(_COUNT, client_id=client_id)).grants


async def waiting_reads(db: Database, client_id: str, window: Window) -> list[Waiting]:
    """An app's reads that have no place in the tree yet: the queue is short."""
    async with db.reading() as tx:
        rows = await tx.all(_QUEUED, low=window.low, high=window.high)
    leaves = [(row.event_id, _leaf(row.leaf)) for row in rows]
    return [
        Waiting(event_id, leaf)
        for event_id, leaf in leaves
        if leaf is not None and leaf.event == READ_EVENT and leaf.client == client_id
    ]


async def still_waiting(db: Database, waiting: Iterable[Waiting], size: int) -> dict[str, list[Waiting]]:
    """Those of them that were not in the tree of that size, by grant."""
    found: dict[str, list[Waiting]] = defaultdict(list)
    async with db.reading() as tx:
        for one in waiting:
            place = await tx.first(_PLACE, event_id=one.event_id)
            if place is None or place.position >= size:
                found[one.leaf.grant or ""].append(one)
    return found


def _leaf(text: str) -> Leaf | None:
    try:
        return parse_leaf(text)
    except LeafError:
        return None
