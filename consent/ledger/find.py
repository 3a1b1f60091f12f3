"""Finding events by exact fields, in id order: those that have a place, by index; those that wait, by text.

Whoever has few events may have them anywhere: those by grant or person are looked for shelf by shelf.
A waiting event has no index row yet. Its leaf is canonical, so a field with a value is one exact piece of
text in it; the queue is short, and reading it needs no JSON in the database.
"""

from contextlib import aclosing
from functools import cache
from typing import Any, NamedTuple

import orjson
from sqlalchemy import (
    BigInteger,
    Executable,
    Integer,
    Select,
    bindparam,
    cast,
    func,
    null,
    select,
)
from sqlalchemy.orm import Mapped
from sqlmodel import col

from consent.ledger.integrate import COLUMNS
from consent.ledger.shelves import Window, on_shelves, slices
from consent.ledger.tables import LedgerEntry, LedgerEvent, LedgerQueue
from foundation.database import Transaction
from foundation.statements import Statement

_Columns = tuple[Any, ...]
_MOST_TELLING = ("request", "grant", "person", "client", "event", "outcome")
_SHELVED = ("grant", "person")
_COLUMN_OF = {key: column for column, key in COLUMNS.items()}


class Found(NamedTuple):
    """A stored event; position None while it waits."""

    event_id: str
    leaf: str
    position: int | None


class _Id(NamedTuple):
    event_id: str


async def find(
    tx: Transaction, fields: dict[str, str], window: Window, limit: int, *, ascending: bool = False
) -> list[Found]:
    """At most `limit` events whose leaf has these fields, in id order, newest first unless `ascending`.

    fields: keys of the leaf among event, log, outcome, client, person, grant, request.
    """
    names = tuple(sorted(fields))
    bounds = {**window._asdict(), "limit": limit}
    # The queue first: an event that gets its place between the two reads is then seen twice, never missed.
    waiting = await tx.all(_waiting(names, ascending=ascending), **bounds, **_pieces(fields))
    placed = await _find_placed(tx, fields, window, limit, ascending=ascending)
    by_id = {row.event_id: row for row in (*waiting, *placed)}
    return sorted(by_id.values(), reverse=not ascending)[:limit]


async def _find_placed(
    tx: Transaction, fields: dict[str, str], window: Window, limit: int, *, ascending: bool
) -> list[Found]:
    names = tuple(sorted(fields))
    statement, values = _placed(names, ascending=ascending), _values(fields)
    found: list[Found] = []
    if _most_telling(names) not in _SHELVED:
        return await tx.all(statement, **window._asdict(), limit=limit, **values)
    async with aclosing(slices(tx, window, ascending=ascending)) as pieces:
        async for piece in pieces:
            found += await tx.all(statement, **piece._asdict(), limit=limit - len(found), **values)
            if len(found) == limit:
                break
    return found


def _most_telling(names: tuple[str, ...]) -> str | None:
    """The field by whose index events are found."""
    return next((name for name in _MOST_TELLING if name in names), None)


@cache  # one per set of filters: at most 2^7, twice
def _placed(names: tuple[str, ...], *, ascending: bool) -> Statement[Found]:
    event_id, by_index = col(LedgerEntry.event_id), _most_telling(names)

    def build(dialect: str) -> Executable:
        conditions = [on_shelves(dialect)] if by_index in _SHELVED else []
        for name in names:
            column = col(getattr(LedgerEntry, _COLUMN_OF[name]))
            # SQLite keeps no statistics: left to choose, it may walk all reads to find those of one grant.
            plain = dialect != "sqlite" or name == by_index
            conditions.append((column if plain else column.concat("")) == bindparam(f"is_{name}"))
        if by_index not in _SHELVED:
            chosen = select(event_id, col(LedgerEvent.leaf), col(LedgerEntry.position))
            chosen = chosen.join(LedgerEvent, col(LedgerEvent.id) == event_id).where(*conditions)
            return _within(chosen, event_id, ascending=ascending)
        # Of a few shelves the page is chosen first: only its leaves are fetched.
        among = select(event_id, col(LedgerEntry.position)).where(*conditions)
        page = _within(among, event_id, ascending=ascending).subquery("page")
        return (
            select(page.c.event_id, col(LedgerEvent.leaf), page.c.position)
            .join(LedgerEvent, col(LedgerEvent.id) == page.c.event_id)
            .order_by(page.c.event_id.asc() if ascending else page.c.event_id.desc())
        )

    return Statement(build, Found)


@cache
def _waiting(names: tuple[str, ...], *, ascending: bool) -> Statement[Found]:
    event_id = col(LedgerQueue.event_id)

    def build(dialect: str) -> Executable:
        find_text = func.instr if dialect == "sqlite" else func.strpos
        chosen = (
            select(event_id, col(LedgerEvent.leaf), cast(null(), BigInteger))
            .join(LedgerEvent, col(LedgerEvent.id) == event_id)
            .where(*(find_text(col(LedgerEvent.leaf), bindparam(f"is_{name}")) > 0 for name in names))
        )
        return _within(chosen, event_id, ascending=ascending)

    return Statement(build, Found)


def _within(chosen: Select[*_Columns], event_id: Mapped[str], *, ascending: bool) -> Select[*_Columns]:
    return (
        chosen.where(event_id >= bindparam("low"), event_id < bindparam("high"))
        .order_by(event_id.asc() if ascending else event_id.desc())
        .limit(bindparam("limit", type_=Integer))
    )


def _values(fields: dict[str, str]) -> dict[str, str]:
    return {f"is_{name}": value for name, value in fields.items()}


def _pieces(fields: dict[str, str]) -> dict[str, str]:
    """Each field as it is written in a canonical leaf."""
    return {f"is_{name}": f'"{name}":{orjson.dumps(value).decode()}' for name, value in fields.items()}
