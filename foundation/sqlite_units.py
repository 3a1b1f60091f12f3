"""Units of work on SQLite: what a caller holds between `async with db.transaction()` and its end."""

import sqlite3
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn

from foundation.database import Transaction, UnitSuspendedError
from foundation.sqlite_driver import DRIVER_ERRORS, Statements, in_our_words
from foundation.statements import Statement

if TYPE_CHECKING:
    from foundation.sqlite import SqliteDatabase

Written = tuple[str, Sequence[Any], bool]  # SQL, its arguments (or rows of them), whether it was executemany


class Unit(Statements, AbstractAsyncContextManager[Transaction]):
    """One unit of work in the current group."""

    __slots__ = ("_database", "begun_at", "failure", "written")

    def __init__(self, database: "SqliteDatabase") -> None:
        self._database = database
        self.begun_at = 0  # the writer's count of changes before this unit
        self.written: list[Written] = []
        self.failure: Exception | None = None  # why it is over, where it did not end by itself

    @property
    def _connection(self) -> sqlite3.Connection:  # type: ignore[override]  # the writer, for as long as it is this unit's turn
        if self._database.running is not self:
            raise self.failure or UnitSuspendedError
        return self._database.writer

    def _execute(self, statement: Statement[Any], values: dict[str, Any]) -> sqlite3.Cursor:
        sql, arguments, writes = statement.compiled.get("sqlite") or statement.compiled_for("sqlite")
        given = arguments(values)
        try:
            cursor = self._connection.execute(sql, given)
        except DRIVER_ERRORS as error:
            self._refuse(error)
        if writes:
            self.written.append((sql, given, False))
        return cursor

    async def run_many(self, statement: Statement[Any], rows: Sequence[dict[str, Any]]) -> None:
        sql, arguments, _ = statement.compiled_for("sqlite")
        given = [arguments(row) for row in rows]
        try:
            self._connection.executemany(sql, given)
        except DRIVER_ERRORS as error:
            self._refuse(error)
        self.written.append((sql, given, True))

    def _refuse(self, error: Exception) -> NoReturn:
        self.failure = in_our_words(error) or error
        self._database.break_off(error)
        super()._refuse(error)

    async def __aenter__(self) -> Transaction:
        await self._database.begin(self)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._database.running is self:
            await self._database.end(error)
        elif error is None:
            raise self.failure or UnitSuspendedError


class Reading(Statements, AbstractAsyncContextManager[Transaction]):
    """Statements on the read-only connection: each sees what was committed when it ran."""

    async def __aenter__(self) -> Transaction:
        return self

    async def __aexit__(self, *exception: object) -> None:
        return None
