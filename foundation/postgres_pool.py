"""The PostgreSQL connections of one process: a bounded stack, handed over in order of arrival.

asyncpg's own pool costs more than the statements of a unit (measured: 138 us of CPU for a read of 28): a
proxy, a reset and three timers each time. Here a free connection is a list's last element, and one timer a
second watches over everything: who waits too long for a connection, and what statement got no answer.
"""

import asyncio
import math
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias, TypeVar

import asyncpg

from foundation.database import ConflictError, UnstorableError
from foundation.errors import StorageUnavailableError

ResultT = TypeVar("ResultT")
Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Method: TypeAlias = Callable[..., Awaitable[ResultT]]

# The server is gone, full, starting, stopping or out of patience; never "your statement is wrong".
_UNAVAILABLE = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    asyncpg.PostgresSystemError,
    asyncpg.TransactionRollbackError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.ObjectNotInPrerequisiteStateError,
)
_CONNECT_SECONDS = 5.0
_WAIT_SECONDS = 5.0
# The server ends a statement at 30 seconds; a server that says nothing is given up a little later.
_SILENCE_SECONDS = 35.0
_SERVER_SETTINGS = {
    "application_name": "accord",
    "timezone": "UTC",
    "statement_timeout": "30s",
    "idle_in_transaction_session_timeout": "60s",
}


# asyncpg refuses most of them itself, before anything is sent.
_UNSTORABLE = (ValueError, asyncpg.DataError)


def in_our_words(error: Exception) -> Exception | None:
    """What a caller of the idiom sees for an error of the driver; None where a statement is wrong."""
    if isinstance(error, asyncpg.IntegrityConstraintViolationError):
        return ConflictError(str(error))
    if isinstance(error, _UNSTORABLE):
        return UnstorableError(str(error))
    if isinstance(error, _UNAVAILABLE):
        return StorageUnavailableError(f"{type(error).__name__}: {error}")
    return None


class Session:
    """One connection and since when it has owed an answer."""

    __slots__ = ("_now", "asked_at", "connection")

    def __init__(self, connection: Connection, now: Callable[[], float]) -> None:
        self.connection = connection
        self.asked_at = math.inf
        self._now = now

    async def ask(self, method: Method[ResultT], sql: str, *arguments: Any) -> ResultT:  # noqa: ANN401  # column values
        """Run one of asyncpg.Connection's methods; the driver's errors come in our words."""
        self.asked_at = self._now()
        try:
            return await method(self.connection, sql, *arguments)
        except Exception as error:
            if (ours := in_our_words(error)) is None:
                raise
            raise ours from error
        finally:
            self.asked_at = math.inf


class Sessions:
    """At most `size` connections to `url`. settings: the server's, for all that is asked over them."""

    def __init__(self, url: str, size: int, **settings: str) -> None:
        self._url = url
        self._size = size
        self._settings = _SERVER_SETTINGS | settings
        self._all: set[Session] = set()
        self._free: list[Session] = []
        self._opening = 0
        self._stopped = False
        self._watcher: asyncio.TimerHandle | None = None
        self._waiting: deque[tuple[float, asyncio.Future[Session | None]]] = deque()
        self._mending: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Watch, and open one connection: whether the server answers is known then."""
        self.watch()
        self.give_back(await self.take())

    def watch(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._watch()

    async def stop(self) -> None:
        """Close what is free; what is still at work is cut off (the server rolls it back)."""
        self._stopped = True
        if self._watcher is not None:
            self._watcher.cancel()
        while self._wake(None):  # who still waits is told so by `take`
            pass
        await asyncio.gather(*self._mending, return_exceptions=True)
        closing = [session.connection.close(timeout=_CONNECT_SECONDS) for session in self._free]
        await asyncio.gather(*closing, return_exceptions=True)
        for session in self._all:
            session.connection.terminate()
        self._all.clear()
        self._free.clear()

    # --- taking and giving back ----------------------------------------------------------------------

    async def take(self) -> Session:
        """A connection for the caller alone; StorageUnavailableError after some seconds without one."""
        if self._stopped:
            raise StorageUnavailableError("the database is closed")
        while self._free:
            session = self._free.pop()
            if not session.connection.is_closed():
                return session
            self._all.discard(session)
        if len(self._all) + self._opening < self._size:
            return await self._connect()
        return await self._next_given_back()

    def give_back(self, session: Session) -> None:
        """Hand the connection to who has waited longest."""
        if session.connection.is_closed():
            self.discard(session)
            return
        if not self._wake(session):
            self._free.append(session)

    def discard(self, session: Session) -> None:
        """Cut a connection whose state is not known."""
        session.connection.terminate()
        self._all.discard(session)
        self._wake(None)

    def mend(self, session: Session) -> None:
        """Take back a connection that was left in the middle: roll back first, in the background."""
        task = self._loop.create_task(self._mend(session))
        self._mending.add(task)
        task.add_done_callback(self._mending.discard)

    async def _mend(self, session: Session) -> None:
        try:
            # The driver first waits for its cancel request to have been heard.
            await session.connection.execute("ROLLBACK", timeout=_CONNECT_SECONDS)
        except Exception:
            self.discard(session)
        except BaseException:
            self.discard(session)
            raise
        else:
            self.give_back(session)

    async def _connect(self) -> Session:
        self._opening += 1
        try:
            connection = await asyncpg.connect(
                self._url,
                timeout=_CONNECT_SECONDS,
                statement_cache_size=512,
                max_cached_statement_lifetime=0,
                server_settings=self._settings,
            )
        except (*_UNAVAILABLE, asyncpg.PostgresError) as error:
            self._wake(None)
            raise StorageUnavailableError(f"{type(error).__name__}: {error}") from error
        finally:
            self._opening -= 1
        session = Session(connection, self._loop.time)
        self._all.add(session)
        if self._stopped:  # meanwhile
            self.discard(session)
        return session

    async def _next_given_back(self) -> Session:
        turn: asyncio.Future[Session | None] = self._loop.create_future()
        self._waiting.append((self._loop.time() + _WAIT_SECONDS, turn))
        try:
            session = await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                given = turn.result()
                self._wake(None) if given is None else self.give_back(given)
            raise
        # None: a place is free, not a connection
        return await self.take() if session is None else session

    def _wake(self, session: Session | None) -> bool:
        while self._waiting:
            _, turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(session)
                return True
        return False

    # --- watching ------------------------------------------------------------------------------------

    def _watch(self) -> None:
        now = self._loop.time()
        while self._waiting and self._waiting[0][0] <= now:
            _, turn = self._waiting.popleft()
            if not turn.done():
                turn.set_exception(StorageUnavailableError("every connection is busy"))
        for session in [*self._all]:
            if session.asked_at + _SILENCE_SECONDS <= now:
                session.connection.terminate()  # whoever waits for the answer is told so
        self._watcher = self._loop.call_later(1.0, self._watch)
