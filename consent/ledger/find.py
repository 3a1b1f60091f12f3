"""Finding events by exact fields, in id order: those that have a place, by index; those that wait, by text.

A waiting event has no index row yet. Its leaf is canonical, so a field with a value is one exact piece of
text in it; the queue is short, and reading it needs no JSON in the database.
"""

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
from consent.ledger.tables import LedgerEntry, LedgerEvent, LedgerQueue
from foundation.database import Transaction
from foundation.ids import oldest_id_at
from foundation.statements import Statement

_Columns = tuple[Any, ...]
_MOST_TELLING = ("request", "grant", "person", "client", "event", "outcome")
_COLUMN_OF = {key: column for column, key in COLUMNS.items()}


class Found(NamedTuple):
    """A stored event; position None while it waits."""

    event_id: str
    leaf: str
    position: int | None


class _Id(NamedTuple):
    event_id: str


class Window(NamedTuple):
    """Ids in [low, high)."""

    low: str
    high: str

    @classmethod
    def of(cls, since: int | None, until: int | None) -> "Window":
        """The ids of events in [since, until), microseconds; None leaves a side open."""
        low = "" if since is None else oldest_id_at(max(0, since))
        return cls(low, "g" if until is None else oldest_id_at(max(0, until)))  # "g" is past every id

    def before(self, event_id: str) -> "Window":
        return Window(self.low, min(self.high, event_id))

    def after(self, event_id: str) -> "Window":
        # No id of 32 characters lies between an id and itself with one more character.
        return Window(max(self.low, event_id + "0"), self.high)


async def find(
    tx: Transaction, fields: dict[str, str], window: Window, limit: int, *, ascending: bool = False
) -> list[Found]:
    """At most `limit` events whose leaf has these fields, in id order, newest first unless `ascending`.

    fields: keys of the leaf among event, log, outcome, client, person, grant, request.
    """
    names = tuple(sorted(fields))
    bounds = {"low": window.low, "high": window.high, "limit": limit}
    # The queue first: an event that gets its place between the two reads is then seen twice, never missed.
    waiting = await tx.all(_waiting(names, ascending=ascending), **bounds, **_pieces(fields))
    placed = await tx.all(_placed(names, ascending=ascending), **bounds, **_values(fields))
    by_id = {row.event_id: row for row in (*waiting, *placed)}
    return sorted(by_id.values(), reverse=not ascending)[:limit]


@cache  # one per set of filters: at most 2^7, twice
def _placed(names: tuple[str, ...], *, ascending: bool) -> Statement[Found]:
    event_id = col(LedgerEntry.event_id)
    by_index = next((name for name in _MOST_TELLING if name in names), None)

    def build(dialect: str) -> Executable:
        chosen = select(event_id, col(LedgerEvent.leaf), col(LedgerEntry.position)).join(
            LedgerEvent, col(LedgerEvent.id) == event_id
        )
        for name in names:
            column = col(getattr(LedgerEntry, _COLUMN_OF[name]))
            # SQLite keeps no statistics: left to choose, it may walk all reads to find those of one grant.
            plain = dialect != "sqlite" or name == by_index
            chosen = chosen.where((column if plain else column.concat("")) == bindparam(f"is_{name}"))
        return _within(chosen, event_id, ascending=ascending)

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
