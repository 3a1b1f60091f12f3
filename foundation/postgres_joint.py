"""What comes together goes together: one round trip, and one COMMIT, for as many as wait.

Of a small unit, its COMMIT is what costs PostgreSQL most; of a row found by its key, the round trip. Those
that arrive while one is under way wait for it and then go together; a lone one waits for nobody.

Those that write are one transaction, so none of them may wait for a row that somebody else has locked:
holding others meanwhile, it could wait for ever. Hence a series' hasty guard, and whoever does not pass it is
asked again alone. What no guard can pass over is a key that another unit is about to write: their connections
have little patience (HASTE), and then each is asked alone.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, NamedTuple

import asyncpg

from foundation.errors import StorageUnavailableError
from foundation.postgres_pool import Sessions
from foundation.statements import Compiled, Statement, Values

_CROWD = 128
HASTE = "100ms"  # PostgreSQL's lock_timeout, for connections on which several write
# The server took the whole crowd back, and says nothing against any one of them.
_TAKEN_BACK = (asyncpg.TransactionRollbackError, asyncpg.LockNotAvailableError)
_Row = Sequence[Any]


class AloneError(Exception):
    """Nothing was done: only alone can it be told what there is to tell."""


class _Asked(NamedTuple):
    values: Values
    told: "asyncio.Future[_Row | None]"


class Joint:
    """One for what writes and one for what reads, of each database."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._waiting: dict[Statement[Any], list[_Asked]] = {}
        self._working: dict[Statement[Any], asyncio.Task[None]] = {}

    async def ask(self, statement: Statement[Any], values: Values) -> _Row | None:
        """The row that it finds; of a series that was written, and is durable, an empty one; None: nothing.

        Raises AloneError, and StorageUnavailableError as any unit does.
        """
        if statement.joined is None:
            raise AloneError
        asked = _Asked(values, asyncio.get_running_loop().create_future())
        self._waiting.setdefault(statement, []).append(asked)
        if statement not in self._working:
            self._working[statement] = asyncio.create_task(self._work(statement, statement.joined))
        return await asked.told

    async def _work(self, statement: Statement[Any], joined: Compiled) -> None:
        waiting = self._waiting[statement]
        try:
            while waiting:
                crowd = waiting[:_CROWD]
                del waiting[:_CROWD]
                await self._tell(joined, crowd)
        finally:
            del self._working[statement]

    async def _tell(self, joined: Compiled, crowd: list[_Asked]) -> None:
        rows: dict[int, _Row] = {}
        failure: Exception | None = None
        try:
            rows = await self._rows(joined, [asked.values for asked in crowd])
        except Exception as error:
            # One of them cannot be, and took the others along: each finds out alone. Or nobody can.
            taken_back = isinstance(error.__cause__, _TAKEN_BACK)
            unavailable = isinstance(error, StorageUnavailableError) and not taken_back
            failure = error if unavailable else AloneError()
        for place, asked in enumerate(crowd):
            if asked.told.done():
                continue  # given up meanwhile
            if failure is None:
                asked.told.set_result(rows.get(place))
            else:
                asked.told.set_exception(failure)

    async def _rows(self, joined: Compiled, crowd: list[Values]) -> dict[int, _Row]:
        """What each found, by its place."""
        arguments = [joined.arguments({**values, "place": at}) for at, values in enumerate(crowd)]
        session = await self._sessions.take()
        try:
            rows = await session.ask(asyncpg.Connection.fetchmany, joined.sql, arguments)
        except BaseException:
            self._sessions.mend(session)
            raise
        self._sessions.give_back(session)
        return {row[-1]: row[:-1] for row in rows}
