"""Writes that come in one breath: a guard, and the rows of whoever passes it.

On PostgreSQL each statement is a round trip, and beginning and ending a unit are two more. There a series
is one statement, so it may be a unit by itself (`transaction(single=True)`). On SQLite its statements run in
turn.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import (
    Column,
    ColumnElement,
    Executable,
    Insert,
    Select,
    Table,
    Update,
    bindparam,
    cast,
    insert,
    inspect,
    literal_column,
    not_,
    select,
)
from sqlmodel import SQLModel

from foundation.statements import PLACE, Compiled, Values, Write, compile_clause

Guard: TypeAlias = Update | Select[Any]


class Row(NamedTuple):
    """A row to insert, every column of `model`. named: what a value is called that is not as its column."""

    model: type[SQLModel] | Table
    named: Mapping[str, str] = MappingProxyType({})

    def values(self) -> list[tuple["Column[Any]", Any]]:
        """Each column with the caller's value, cast: a SELECT has no column to take the type from."""
        named = self.named
        return [
            (each, cast(bindparam(named.get(each.name, each.name)), each.type))
            for each in inspect(self.model).columns
        ]

    def insert(self) -> Insert:
        return insert(self.model).values({column.name: value.clause for column, value in self.values()})

    def insert_from(self, found: Select[Any]) -> Insert:
        """The row where the query finds one, and no row otherwise."""
        columns, values = zip(*self.values(), strict=True)
        return insert(self.model).from_select(
            [each.name for each in columns], found.with_only_columns(*values)
        )


class Series(Write):
    """Run by `Transaction.run`, whose answer is how many rows the guard touched or found: 0 or 1.

    guard: an UPDATE or a query that touches or finds one row at most (it may lock what it finds; columns do
    not matter, FROM is said by `select_from`); None: the rows come in any case.
    rows: two at least, or one after an UPDATE. Values are named once, whichever statement they are for.
    hasty: the same guard, except that it passes over what is locked (SKIP LOCKED) and so waits for nobody.
    With it, or without a guard, units of this one series may share a COMMIT on PostgreSQL
    (postgres_joint.py).
    """

    __slots__ = ("_guard", "_hasty", "_rows", "parts")

    def __init__(self, guard: Guard | None, *rows: Row, hasty: Guard | None = None) -> None:
        super().__init__(lambda _dialect: _as_one(guard, rows))
        self._guard = guard
        self._hasty = hasty
        self._rows = rows
        self.parts: list[Compiled] = []  # for SQLite, made on first use

    def besides(self, row: Row, *, unless: ColumnElement[bool]) -> "Series":
        """The same, with one more row, and where a condition holds nothing at all.

        unless: that such a row is there. It cannot see one that another unit is about to write: then its key
        refuses it (ConflictError).
        """
        free = not_(unless)
        if self._guard is None:
            always: Select[Any] = select(literal_column("1")).where(free)
            return Series(always, *self._rows, row, hasty=always)
        hasty = None if self._hasty is None else self._hasty.where(free)
        return Series(self._guard.where(free), *self._rows, row, hasty=hasty)

    def _among_others(self) -> Executable | None:
        if self._guard is not None and self._hasty is None:
            return None  # it may have to wait for a lock
        return _as_one(self._hasty, self._rows).returning(PLACE)

    def in_turn(self) -> list[Compiled]:
        """The statements of SQLite; where the first touches nothing the rest do not run."""
        if not self.parts:
            first, others = _begun(self._guard, self._rows)
            clauses = [first, *(row.insert() for row in others)]
            alone = [compile_clause(each, "sqlite").names for each in clauses]
            among = frozenset[str]().union(*alone)
            self.parts = [compile_clause(each, "sqlite", among=among) for each in clauses]
        return self.parts


class Spent(NamedTuple):
    """What may be used once, and is used up by the very series that it allows.

    beside: that series, with the row which says so; it takes these values, too. It writes nothing where such
    a row is there, and raises ConflictError where one is being written elsewhere at this moment.
    """

    beside: Callable[[Series], Series]
    values: Values


def spending(series: Series, values: Values, spent: Iterable[Spent]) -> tuple[Series, Values]:
    """The series and its values, with all that it uses up."""
    for each in spent:
        series, values = each.beside(series), values | each.values
    return series, values


def _begun(guard: Guard | None, rows: Sequence[Row]) -> tuple[Update | Insert, Sequence[Row]]:
    """What decides, and the rows that follow."""
    if isinstance(guard, Update):
        return guard, rows
    first, *others = rows
    return first.insert() if guard is None else first.insert_from(guard), others


def _as_one(guard: Guard | None, rows: Sequence[Row]) -> Insert:
    first, others = _begun(guard, rows)
    passed = first.returning(literal_column("1")).cte("passed")
    *before, last = (row.insert_from(select().select_from(passed)) for row in others)
    return last.add_cte(*(each.cte(f"row_{number}") for number, each in enumerate(before)))
