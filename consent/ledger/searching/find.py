"""Finding events by exact fields, in id order: those that have a place, by index; those that wait, by text.

Whoever has few events may have them anywhere: those by grant or person are looked for shelf by shelf.
A waiting event has no index row yet. Its leaf is canonical, so a field with a value is one exact piece of
text in it; the queue is short, and reading it needs no JSON in the database. A word of a list, such as one of
several scopes, is looked for in that text always.
"""

from collections.abc import Mapping
from contextlib import aclosing
from functools import cache
from typing import Any, NamedTuple

import orjson
from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Executable,
    Integer,
    Select,
    SQLColumnExpression,
    and_,
    bindparam,
    cast,
    func,
    literal_column,
    null,
    select,
)
from sqlalchemy.orm import Mapped
from sqlmodel import col

from consent.ledger.searching.kinds import each_of, kinds_of, newest_of, told_by_name
from consent.ledger.shelves import Window, on_shelves, slices
from consent.ledger.tables import COPIED, USUAL_OUTCOME, LedgerEntry, LedgerEvent, LedgerQueue
from consent.ledger.waiting import LEAF, waiting
from foundation.database import Transaction
from foundation.statements import Statement

_Columns = tuple[Any, ...]
MOST_TELLING = ("request", "grant", "person", "client", "event", "outcome")
SHELVED = ("grant", "person")
_WORDS = {"scope": "scopes", "purpose": "purposes"}  # what is looked for -> key of the leaf that lists it
_PLACES = frozenset(("first", "last"))
COLUMN_OF = {key: column for column, key in COPIED.items()}


class Found(NamedTuple):
    """A stored event; position None while it waits."""

    event_id: str
    leaf: str
    position: int | None


class _Id(NamedTuple):
    event_id: str


Fields = Mapping[str, str | int]


async def find(  # noqa: PLR0913  # what, where and how much are one question
    tx: Transaction,
    fields: Fields,
    window: Window,
    limit: int,
    *,
    by: str | None = None,
    ascending: bool = False,
) -> list[Found]:
    """At most `limit` events whose leaf has these fields, in id order, newest first unless `ascending`.

    fields: keys of the leaf among event, log, outcome, client, person, grant, request; scope and purpose, one
    of those that it lists; first and last, between which its position stands. by: the field whose index to
    take, of MOST_TELLING; left out, the one that mostly tells most.
    """
    names = tuple(sorted(fields))
    bounds = {**window._asdict(), "limit": limit}
    waiting = []
    if not _PLACES & fields.keys():
        # First: an event that gets its place between the two reads is then seen twice, never missed.
        waiting = await tx.all(_waiting(names, ascending=ascending), **bounds, **_pieces(fields))
    if not ascending and told_by_name(names):
        ids = await newest_of(tx, await kinds_of(tx, fields), window, limit)
        placed = await tx.all(_THESE, ids=orjson.dumps(ids).decode())
    else:
        by = by or next(iter(telling(fields)), None)
        placed = await _find_placed(tx, fields, window, limit, by, ascending=ascending)
    by_id = {row.event_id: row for row in (*waiting, *placed)}
    return sorted(by_id.values(), reverse=not ascending)[:limit]


async def _find_placed(  # noqa: PLR0913  # the same
    tx: Transaction, fields: Fields, window: Window, limit: int, by: str | None, *, ascending: bool
) -> list[Found]:
    names = tuple(sorted(fields))
    statement, values = _placed(names, by, ascending=ascending), values_of(fields)
    found: list[Found] = []
    if by not in SHELVED:
        return await tx.all(statement, **window._asdict(), limit=limit, **values)
    async with aclosing(slices(tx, window, ascending=ascending)) as pieces:
        async for piece in pieces:
            found += await tx.all(statement, **piece._asdict(), limit=limit - len(found), **values)
            if len(found) == limit:
                break
    return found


def telling(fields: Fields) -> list[str]:
    """The fields by whose index events can be found: first the one that mostly tells most."""
    usual = fields.get("outcome") == USUAL_OUTCOME
    return [name for name in MOST_TELLING if name in fields and not (usual and name == "outcome")]


def _these(dialect: str) -> Executable:
    event_id, one = col(LedgerEntry.event_id), each_of(dialect, "ids")
    return (
        select(event_id, col(LedgerEvent.leaf), col(LedgerEntry.position))
        .join(one, event_id == one.c.value)
        .join(LedgerEvent, col(LedgerEvent.id) == event_id)
    )


_THESE = Statement(_these, Found)


@cache  # one per set of filters and index: as many as people ask for
def _placed(names: tuple[str, ...], by: str | None, *, ascending: bool) -> Statement[Found]:
    event_id, listed = col(LedgerEntry.event_id), _WORDS.keys() & set(names)

    def build(dialect: str) -> Executable:
        conditions = [on_shelves(dialect)] if by in SHELVED else []
        conditions += [holds(dialect, name, indexed=name == by) for name in names]
        if by not in SHELVED:
            chosen = select(event_id, col(LedgerEvent.leaf), col(LedgerEntry.position))
            chosen = chosen.join(LedgerEvent, col(LedgerEvent.id) == event_id).where(*conditions)
            return _within(chosen, event_id, ascending=ascending)
        # Of a few shelves the page is chosen first: only its leaves are fetched, unless they tell which.
        among = select(event_id, col(LedgerEntry.position)).where(*conditions)
        if listed:
            among = among.join(LedgerEvent, col(LedgerEvent.id) == event_id)
        page = _within(among, event_id, ascending=ascending).subquery("page")
        return (
            select(page.c.event_id, col(LedgerEvent.leaf), page.c.position)
            .join(LedgerEvent, col(LedgerEvent.id) == page.c.event_id)
            .order_by(page.c.event_id.asc() if ascending else page.c.event_id.desc())
        )

    return Statement(build, Found, by_values=True)


@cache
def _waiting(names: tuple[str, ...], *, ascending: bool) -> Statement[Found]:
    event_id = col(LedgerQueue.event_id)

    def build(dialect: str) -> Executable:
        find_text = func.instr if dialect == "sqlite" else func.strpos
        chosen = (
            waiting()
            .add_columns(cast(null(), BigInteger))
            .where(
                *(
                    _lists(dialect, name, LEAF)
                    if name in _WORDS
                    else find_text(LEAF, bindparam(f"is_{name}")) > 0
                    for name in names
                )
            )
        )
        return _within(chosen, event_id, ascending=ascending)

    return Statement(build, Found, by_values=True)


def holds(dialect: str, name: str, *, indexed: bool) -> ColumnElement[bool]:
    """Whether an entry has what is asked for under a name."""
    asked: BindParameter[Any] = bindparam(f"is_{name}")
    if name in _WORDS:
        return _lists(dialect, name, col(LedgerEvent.leaf))
    if name in _PLACES:
        place = col(LedgerEntry.position) + 0  # no index: events are found by id
        return place >= asked if name == "first" else place <= asked
    if indexed:
        return in_index(name, asked)
    column = col(getattr(LedgerEntry, COLUMN_OF[name]))
    # SQLite keeps no statistics: left to choose, it may walk all reads to find those of one grant.
    return (column.concat("") if dialect == "sqlite" else column) == asked


def in_index(name: str, asked: BindParameter[Any]) -> ColumnElement[bool]:
    """Whether the index of a field leads from a value to an entry."""
    column = col(getattr(LedgerEntry, COLUMN_OF[name]))
    if name != "outcome":
        return column == asked
    # In the index's own words: neither database would take it otherwise.
    return and_(column == asked, column != literal_column(f"'{USUAL_OUTCOME}'"))


def _lists(dialect: str, name: str, leaf: SQLColumnExpression[Any]) -> ColumnElement[bool]:
    """Whether a leaf lists a word. Only text is looked at: one that was damaged is no JSON."""
    find_text, key = func.instr if dialect == "sqlite" else func.strpos, f'"{_WORDS[name]}":"'
    listed = func.substr(leaf, find_text(leaf, key) + len(key))
    # Closed once more, so that a text without an end has one.
    words = " " + func.substr(listed, 1, find_text(listed + '"', '"') - 1) + " "
    return and_(find_text(leaf, key) > 0, find_text(words, bindparam(f"is_{name}")) > 0)


def _within(chosen: Select[*_Columns], event_id: Mapped[str], *, ascending: bool) -> Select[*_Columns]:
    return (
        chosen.where(event_id >= bindparam("low"), event_id < bindparam("high"))
        .order_by(event_id.asc() if ascending else event_id.desc())
        .limit(bindparam("limit", type_=Integer))
    )


def values_of(fields: Fields) -> dict[str, str | int]:
    return {f"is_{name}": f" {value} " if name in _WORDS else value for name, value in fields.items()}


def _pieces(fields: Fields) -> dict[str, str | int]:
    """Each field as it is written in a canonical leaf."""
    written = {
        f"is_{name}": f'"{name}":{orjson.dumps(value).decode()}'
        for name, value in fields.items()
        if name not in _WORDS
    }
    return values_of(fields) | written
