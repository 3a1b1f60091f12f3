"""The transaction idiom, the same on both databases.

    async with db.transaction() as tx:
        row = await tx.one(STATEMENT, name=value)

What a unit wrote is durable when the `async with` has ended, and not before; a unit that raises leaves
nothing. `db.reading()` gives the same methods on a connection that cannot write and sees only what is
committed. A unit awaits nothing but its own statements: on SQLite units are serial, and one that suspends
is an error (see sqlite.py). A unit one of whose statements failed is over: swallowing the error inside the
block does not save it, the block then ends by that error.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, TypeVar

from foundation.statements import Bulk, Statement

RowT = TypeVar("RowT", bound=tuple[Any, ...])


class ConflictError(Exception):
    """A unique key or a foreign key refused a write. The unit is over: let it propagate out of it."""


class MissingRowError(LookupError):
    """`one` found no row where the caller's invariant says there is one."""


class UnitSuspendedError(RuntimeError):
    """A unit awaited something other than its own statements, or went on after its end; it left nothing."""

    def __init__(self) -> None:
        super().__init__("a unit may await only its own statements, and only until it ends")


class UnstorableError(ValueError):
    """A value that no column takes: an integer beyond 64 bits, a lone surrogate, NUL on PostgreSQL.

    The last net: a rule upstream should have refused it as bad input, and whoever answers may still do so.
    """


class Transaction(ABC):
    """What a unit of work may do."""

    __slots__ = ()

    @abstractmethod
    async def all(self, statement: Statement[RowT], **values: Any) -> list[RowT]:  # noqa: ANN401  # column values
        """Every row."""

    @abstractmethod
    async def first(self, statement: Statement[RowT], **values: Any) -> RowT | None:  # noqa: ANN401  # column values
        """The first row, or None."""

    @abstractmethod
    async def run(self, statement: Statement[Any], **values: Any) -> int:  # noqa: ANN401  # column values
        """Run a write; the number of rows it touched."""

    @abstractmethod
    async def run_many(self, statement: Statement[Any], rows: Sequence[dict[str, Any]]) -> None:
        """Run a write once per row of values."""

    @abstractmethod
    async def insert(self, bulk: Bulk, rows: Sequence[tuple[Any, ...]]) -> None:
        """Insert rows: of each, the values of all columns in their order."""

    async def one(self, statement: Statement[RowT], **values: Any) -> RowT:  # noqa: ANN401  # column values
        """The only row that can be; raises MissingRowError when there is none."""
        row = await self.first(statement, **values)
        if row is None:
            raise MissingRowError(statement.compiled_for("sqlite").sql)
        return row


class Database(ABC):
    """One database, whichever engine."""

    dialect: str
    shared: bool  # whether other processes serve the same data

    @abstractmethod
    def transaction(self, *, single: bool = False) -> AbstractAsyncContextManager[Transaction]:
        """A unit of work: commits when the block ends, durable before it returns; rolls back on an exception.

        single: it runs one write and then nothing; on PostgreSQL that is its own transaction, durable when
        it answers, at half of the round trips. What the block raises afterwards does not undo it.
        Raises StorageUnavailableError when the database cannot take it (nothing was kept, except that a
        connection lost during COMMIT leaves the outcome unknown to us, as with any database).
        """

    @abstractmethod
    def reading(self, *, ahead: bool = False) -> AbstractAsyncContextManager[Transaction]:
        """Reads of committed state, outside a unit: each statement sees the newest.

        What was read is durable when the block has ended. ahead: it need not be yet; for a caller who only
        answers after a unit of its own (durable after what it builds on) or after `settled`.
        """

    @abstractmethod
    async def settled(self) -> None:
        """Wait until all that anyone could read so far is durable."""

    @abstractmethod
    async def start(self) -> None:
        """Open connections. Call once, in the event loop that will use them.

        Raises StorageUnavailableError when the database cannot be reached or is not one.
        """

    @abstractmethod
    async def stop(self) -> None:
        """Finish what is under way and close."""


def open_database(url: str, *, pool_size: int = 10, shared: bool = False) -> Database:
    """The database of a URL: `sqlite:///relative`, `sqlite:////absolute` or `postgresql://…`.

    pool_size: PostgreSQL connections of this process; SQLite has one writer whatever it says. shared: whether
    other processes serve the same SQLite file; PostgreSQL always is.
    """
    from foundation.postgres import PostgresDatabase  # noqa: PLC0415  # asyncpg is loaded only where used
    from foundation.sqlite import SqliteDatabase  # noqa: PLC0415  # breaks the cycle with the interface above

    if url.startswith("sqlite:///"):
        return SqliteDatabase(url.removeprefix("sqlite:///"), shared=shared)
    if url.startswith(("postgresql://", "postgres://")):
        return PostgresDatabase(url, pool_size=pool_size)
    raise ValueError("a database URL starts with sqlite:/// or postgresql://")
