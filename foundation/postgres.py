"""PostgreSQL: a pooled connection a unit; the server groups its commits.

Isolation is READ COMMITTED: rules that need more say so in their statements (FOR SHARE, compare-and-swap
in a WHERE), so that they read the same in any PostgreSQL-compatible engine.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, TypeVar

import asyncpg

from foundation.database import ConflictError, Database, Transaction
from foundation.errors import StorageUnavailableError
from foundation.statements import Statement

RowT = TypeVar("RowT", bound=tuple[Any, ...])

# The server is gone, full, starting, stopping or out of patience; never "your statement is wrong".
_UNAVAILABLE = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    asyncpg.PostgresSystemError,
    asyncpg.TransactionRollbackError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.ObjectNotInPrerequisiteStateError,
)
_ACQUIRE_SECONDS = 5.0
_STATEMENT_SECONDS = 30.0


class _Statements(Transaction):
    """Runs statements on one pooled connection; asyncpg keeps each prepared."""

    def __init__(self, connection: "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]") -> None:
        self._connection = connection

    async def all(self, statement: Statement[RowT], **values: Any) -> list[RowT]:  # noqa: ANN401  # column values
        compiled = statement.compiled_for("postgresql")
        rows = await self._connection.fetch(compiled.sql, *compiled.arguments(values))
        return [statement.shape(tuple(row)) for row in rows]

    async def first(self, statement: Statement[RowT], **values: Any) -> RowT | None:  # noqa: ANN401  # column values
        compiled = statement.compiled_for("postgresql")
        row = await self._connection.fetchrow(compiled.sql, *compiled.arguments(values))
        return None if row is None else statement.shape(tuple(row))

    async def run(self, statement: Statement[Any], **values: Any) -> int:  # noqa: ANN401  # column values
        compiled = statement.compiled_for("postgresql")
        tag = await self._connection.execute(compiled.sql, *compiled.arguments(values))
        return int(tag.rsplit(" ", 1)[-1])  # "UPDATE 1", "INSERT 0 1"

    async def run_many(self, statement: Statement[Any], rows: Sequence[dict[str, Any]]) -> None:
        compiled = statement.compiled_for("postgresql")
        await self._connection.executemany(compiled.sql, [compiled.arguments(row) for row in rows])


async def _keep_session(connection: object) -> None:
    """Nothing of a session is changed by a unit, so nothing is reset: one round trip less a unit."""


class PostgresDatabase(Database):
    """One PostgreSQL (or compatible) database, shared by every node."""

    dialect = "postgresql"

    def __init__(self, url: str, *, pool_size: int) -> None:
        self._url = url
        self._pool_size = pool_size

    async def start(self) -> None:
        try:
            self._pool = await asyncpg.create_pool(
                self._url,
                min_size=1,
                max_size=self._pool_size,
                max_inactive_connection_lifetime=300,
                command_timeout=_STATEMENT_SECONDS,
                statement_cache_size=512,
                reset=_keep_session,
                server_settings={"application_name": "accord", "timezone": "UTC"},
            )
        except (*_UNAVAILABLE, asyncpg.PostgresError) as error:
            raise StorageUnavailableError(f"{type(error).__name__}: {error}") from error

    async def stop(self) -> None:
        await self._pool.close()

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator["asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"]:
        """A connection, with the driver's errors in our words."""
        try:
            async with self._pool.acquire(timeout=_ACQUIRE_SECONDS) as connection:
                yield connection
        except asyncpg.IntegrityConstraintViolationError as error:
            raise ConflictError(str(error)) from error
        except _UNAVAILABLE as error:
            raise StorageUnavailableError(f"{type(error).__name__}: {error}") from error

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[Transaction]:
        async with self._connection() as connection:
            await connection.execute("BEGIN")
            try:
                yield _Statements(connection)
            except BaseException:
                if not connection.is_closed():
                    await connection.execute("ROLLBACK")
                raise
            await connection.execute("COMMIT")

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[Transaction]:
        async with self._connection() as connection:
            yield _Statements(connection)

    def transaction(self) -> AbstractAsyncContextManager[Transaction]:
        return self._transaction()

    def reading(self) -> AbstractAsyncContextManager[Transaction]:
        return self._reading()
