"""Units of one series that come together: one round trip and one COMMIT for as many as wait.

Of a small unit, its COMMIT is what costs PostgreSQL most. Those that arrive while one is under way wait for
it and then go together; a lone one waits for nobody. They are one transaction, so none of them may wait for
a row that somebody else has locked: holding others meanwhile, it could wait for ever. Hence a series' hasty
guard, and whoever does not pass it is asked again alone. What no guard can pass over is a key that another
unit is about to write: their connections have little patience, and then each is asked alone.
"""

import asyncio
from typing import NamedTuple

import asyncpg

from foundation.errors import StorageUnavailableError
from foundation.postgres_pool import Sessions
from foundation.series import Passed, Series
from foundation.statements import Statement, Values

_CROWD = 128
HASTE = "100ms"  # PostgreSQL's lock_timeout, for their connections
# The server took the whole crowd back, and says nothing against any one of them.
_TAKEN_BACK = (asyncpg.TransactionRollbackError, asyncpg.LockNotAvailableError)


class _Unit(NamedTuple):
    values: Values
    passed: "asyncio.Future[bool]"


class Joint:
    """One a database."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._waiting: dict[Series, list[_Unit]] = {}
        self._working: dict[Series, asyncio.Task[None]] = {}

    async def run(self, series: Series, values: Values) -> bool:
        """Whether it was written, and is durable; False: nothing was, and only alone can it be told why.

        Raises StorageUnavailableError, as any unit does.
        """
        if series.joined is None:
            return False
        unit = _Unit(values, asyncio.get_running_loop().create_future())
        self._waiting.setdefault(series, []).append(unit)
        if series not in self._working:
            self._working[series] = asyncio.create_task(self._work(series, series.joined))
        return await unit.passed

    async def _work(self, series: Series, joined: Statement[Passed]) -> None:
        waiting = self._waiting[series]
        try:
            while waiting:
                crowd = waiting[:_CROWD]
                del waiting[:_CROWD]
                await self._commit(joined, crowd)
        finally:
            del self._working[series]

    async def _commit(self, joined: Statement[Passed], crowd: list[_Unit]) -> None:
        passed: set[int] = set()
        failure: Exception | None = None
        try:
            passed = await self._ask(joined, [unit.values for unit in crowd])
        except Exception as error:
            # One of them cannot be, and took the others along: each finds out alone. Or nobody can.
            taken_back = isinstance(error.__cause__, _TAKEN_BACK)
            if isinstance(error, StorageUnavailableError) and not taken_back:
                failure = error
        for place, unit in enumerate(crowd):
            if unit.passed.done():
                continue  # given up meanwhile
            if failure is None:
                unit.passed.set_result(place in passed)
            else:
                unit.passed.set_exception(failure)

    async def _ask(self, joined: Statement[Passed], crowd: list[Values]) -> set[int]:
        compiled = joined.compiled_for("postgresql")
        arguments = [compiled.arguments({**values, "place": at}) for at, values in enumerate(crowd)]
        session = await self._sessions.take()
        try:
            rows = await session.ask(asyncpg.Connection.fetchmany, compiled.sql, arguments)
        except BaseException:
            self._sessions.mend(session)
            raise
        self._sessions.give_back(session)
        return {joined.shape(row).place for row in rows}
