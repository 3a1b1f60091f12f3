"""PostgreSQL: a connection a unit; the server groups its commits.

Isolation is READ COMMITTED: rules that need more say so in their statements (FOR SHARE, compare-and-swap
in a WHERE), so that they read the same in any PostgreSQL-compatible engine.
"""

from abc import abstractmethod
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, suppress
from types import TracebackType
from typing import Any, TypeVar

import asyncpg

from foundation.database import Database, Transaction, UnitSuspendedError
from foundation.errors import StorageUnavailableError
from foundation.postgres_joint import HASTE, AloneError, Joint
from foundation.postgres_pool import Method, Session, Sessions
from foundation.series import Series
from foundation.statements import Bulk, Compiled, Statement

RowT = TypeVar("RowT", bound=tuple[Any, ...])
ResultT = TypeVar("ResultT")


_ANEW = "SET LOCAL plan_cache_mode = force_custom_plan"


class _Statements(Transaction):
    """Runs statements on a connection; asyncpg keeps each prepared."""

    __slots__ = ()

    @abstractmethod
    async def _ask(self, method: Method[ResultT], compiled: Compiled, *arguments: Any) -> ResultT:  # noqa: ANN401  # column values
        """Run a method of asyncpg.Connection."""

    async def all(self, statement: Statement[RowT], **values: Any) -> list[RowT]:  # noqa: ANN401  # column values
        compiled = statement.compiled_for("postgresql")
        rows = await self._ask(asyncpg.Connection.fetch, compiled, *compiled.arguments(values))
        return [*map(statement.shape, rows)]

    async def first(self, statement: Statement[RowT], **values: Any) -> RowT | None:  # noqa: ANN401  # column values
        compiled = statement.compiled_for("postgresql")
        row = await self._ask(asyncpg.Connection.fetchrow, compiled, *compiled.arguments(values))
        return None if row is None else statement.shape(row)

    async def run(self, statement: Statement[Any], **values: Any) -> int:  # noqa: ANN401  # column values
        compiled = statement.compiled_for("postgresql")
        tag = await self._ask(asyncpg.Connection.execute, compiled, *compiled.arguments(values))
        rows = tag.rpartition(" ")[2]  # "UPDATE 1", "INSERT 0 1", "CREATE TABLE"
        return int(rows) if rows.isdigit() else 0

    async def run_many(self, statement: Statement[Any], rows: Sequence[dict[str, Any]]) -> None:
        compiled = statement.compiled_for("postgresql")
        arguments = [compiled.arguments(row) for row in rows]
        await self._ask(asyncpg.Connection.executemany, compiled, arguments)

    async def insert(self, bulk: Bulk, rows: Sequence[tuple[Any, ...]]) -> None:
        if rows:
            compiled = bulk.compiled_for("postgresql")
            await self._ask(asyncpg.Connection.execute, compiled, *zip(*rows, strict=True))


class _Unit(_Statements, AbstractAsyncContextManager[Transaction]):
    """One unit of work, on a connection of its own."""

    __slots__ = ("_over", "_session", "_sessions")
    _session: Session

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._over: Exception | None = None  # why no statement may run any more

    async def _ask(self, method: Method[ResultT], compiled: Compiled, *arguments: Any) -> ResultT:  # noqa: ANN401  # column values
        if self._over is not None:
            raise self._over
        try:
            if compiled.by_values:
                await self._session.ask(asyncpg.Connection.execute, _ANEW)
            return await self._session.ask(method, compiled.sql, *arguments)
        except Exception as error:
            self._over = error
            raise

    async def __aenter__(self) -> Transaction:
        self._session = session = await self._sessions.take()
        try:
            await session.ask(asyncpg.Connection.execute, "BEGIN")
        except BaseException:
            self._sessions.mend(session)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        failure, self._over = self._over, UnitSuspendedError()
        if error is None and failure is None:
            await self._finish("COMMIT")
        elif error is None or isinstance(error, Exception):
            await self._undo()
        else:
            self._sessions.mend(self._session)  # cancelled, perhaps in the middle of a statement
        if error is None and failure is not None:
            raise failure

    async def _finish(self, command: str) -> None:
        try:
            tag = await self._session.ask(asyncpg.Connection.execute, command)
        except BaseException:
            self._sessions.mend(self._session)
            raise
        self._sessions.give_back(self._session)
        if tag != command:
            raise StorageUnavailableError(f"{command} answered by {tag}")

    async def _undo(self) -> None:
        try:
            await self._finish("ROLLBACK")
        except StorageUnavailableError:
            return  # the connection is gone, and its transaction with it: the unit's own error matters more


class _Apart(_Statements, AbstractAsyncContextManager[Transaction]):
    """Each statement is a transaction of its own; a connection is held for one at a time."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def _ask(self, method: Method[ResultT], compiled: Compiled, *arguments: Any) -> ResultT:  # noqa: ANN401  # column values
        sessions = self._over(compiled)
        session = await sessions.take()
        try:
            result = await session.ask(method, compiled.sql, *arguments)
        except BaseException:
            sessions.mend(session)
            raise
        sessions.give_back(session)
        return result

    def _over(self, _compiled: Compiled) -> Sessions:
        return self._sessions

    async def __aenter__(self) -> Transaction:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None


class _Reading(_Apart):
    """Statements that only read. anew: connections on which each is planned for its values."""

    def __init__(self, sessions: Sessions, anew: Sessions) -> None:
        super().__init__(sessions)
        self._anew = anew
        self._joint = Joint(sessions)

    async def first(self, statement: Statement[RowT], **values: Any) -> RowT | None:  # noqa: ANN401  # column values
        if statement.by_key:
            with suppress(AloneError):
                row = await self._joint.ask(statement, values)
                return None if row is None else statement.shape(row)
        return await super().first(statement, **values)

    def _over(self, compiled: Compiled) -> Sessions:
        return self._anew if compiled.by_values else self._sessions

    async def _ask(self, method: Method[ResultT], compiled: Compiled, *arguments: Any) -> ResultT:  # noqa: ANN401  # column values
        if compiled.writes:
            raise StorageUnavailableError("attempt to write while reading")
        return await super()._ask(method, compiled, *arguments)


class _Single(_Apart):
    """A unit of one statement: it is over once that was asked."""

    def __init__(self, sessions: Sessions, joint: Joint) -> None:
        super().__init__(sessions)
        self._joint = joint
        self._asked = False
        self._failure: Exception | None = None

    async def _ask(self, method: Method[ResultT], compiled: Compiled, *arguments: Any) -> ResultT:  # noqa: ANN401  # column values
        if self._asked:
            raise self._failure or UnitSuspendedError
        self._asked = True
        try:
            return await super()._ask(method, compiled, *arguments)
        except Exception as error:
            self._failure = error
            raise

    async def run(self, statement: Statement[Any], **values: Any) -> int:  # noqa: ANN401  # column values
        if isinstance(statement, Series) and not self._asked:
            with suppress(AloneError):
                if await self._joint.ask(statement, values) is not None:
                    self._asked = True
                    return 1
        return await super().run(statement, **values)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None and self._failure is not None:
            raise self._failure


class PostgresDatabase(Database):
    """One PostgreSQL (or compatible) database, shared by every node."""

    dialect = "postgresql"
    shared = True

    def __init__(self, url: str, *, pool_size: int) -> None:
        self._sessions = Sessions(url, pool_size)
        # Left to itself, PostgreSQL forgets after five times what the values said of the shortest way.
        self._anew = Sessions(url, max(1, pool_size // 4), plan_cache_mode="force_custom_plan")
        self._reading = _Reading(self._sessions, self._anew)
        self._hasty = Sessions(url, max(1, pool_size // 4), lock_timeout=HASTE)
        self._joint = Joint(self._hasty)

    async def start(self) -> None:
        await self._sessions.start()
        self._anew.watch()
        self._hasty.watch()

    async def stop(self) -> None:
        await self._hasty.stop()
        await self._anew.stop()
        await self._sessions.stop()

    def transaction(self, *, single: bool = False) -> AbstractAsyncContextManager[Transaction]:
        return _Single(self._sessions, self._joint) if single else _Unit(self._sessions)

    def reading(self, *, ahead: bool = False) -> AbstractAsyncContextManager[Transaction]:  # noqa: ARG002  # never ahead
        return self._reading

    async def settled(self) -> None:
        """Nothing to wait for: PostgreSQL shows what a COMMIT made once its log is on the disk."""
