"""Units of work on SQLite: what a caller holds between `async with db.transaction()` and its end."""

import sqlite3
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import TYPE_CHECKING, NoReturn

from foundation.database import Transaction, UnitSuspendedError
from foundation.sqlite_driver import Statements, in_our_words

if TYPE_CHECKING:
    from foundation.sqlite import SqliteDatabase


class Unit(Statements, AbstractAsyncContextManager[Transaction]):
    """One unit of work in the current group."""

    __slots__ = ("_database", "begun_at", "failure")

    def __init__(self, database: "SqliteDatabase") -> None:
        self._database = database
        self.begun_at = 0  # the writer's count of changes before this unit
        self.written = []
        self.failure: Exception | None = None  # why it is over, where it did not end by itself

    @property
    def _connection(self) -> sqlite3.Connection:  # type: ignore[override]  # the writer, for as long as it is this unit's turn
        if self._database.running is not self:
            raise self.failure or UnitSuspendedError
        return self._database.writer

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
    """Statements on the read-only connection: each sees what was committed when it ran.

    database: the one to wait for when the block ends, until what was seen is durable; None where somebody
    else sees to that.
    """

    __slots__ = ("_database",)

    def __init__(self, connection: sqlite3.Connection, database: "SqliteDatabase | None") -> None:
        super().__init__(connection)
        self._database = database

    async def __aenter__(self) -> Transaction:
        return self

    async def __aexit__(self, *exception: object) -> None:
        if self._database is not None:
            await self._database.settled()
