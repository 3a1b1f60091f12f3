"""Ending grants by the thousand in the background: a batch a unit, and what cannot be read stops nobody else.

Nothing depends on it: what a sweep ends opens nothing any more. It is told once, whoever comes first: the
same UPDATE says so.
"""

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import structlog
from sqlalchemy import select
from sqlmodel import col

from consent.acts import Act, Decided, Person
from consent.tables import Grant
from foundation.database import Database, Transaction
from foundation.errors import AccordError
from foundation.statements import Statement
from keys.people import PeopleKeys
from keys.tables import PersonKey

log = structlog.get_logger("consent")

BATCH = 20  # a signature and four writes each: some milliseconds of the writer
MOST = 2_000  # a round: a long backlog must not make the log lag


class Found(NamedTuple):
    """A grant that is to end, and what opens its person's keys. Times are microseconds."""

    id: str
    expires_at: int
    person_id: str
    subject: str
    wrapped: bytes


# What comes after one in the order of the sweep (None: from the beginning), at most BATCH.
Page = Callable[[Transaction, Found | None], Awaitable[list[Found]]]
End = Callable[[Transaction, str, Act], Awaitable[Decided | None]]


def open_grants(*where: Any, in_order: tuple[Any, ...]) -> Statement[Found]:  # noqa: ANN401  # columns, conditions
    """A page of grants that nobody ended; without those of a person who was erased, whom nobody can tell."""
    columns = (col(Grant.id), col(Grant.expires_at), col(Grant.person_id), col(Grant.subject))
    return Statement(
        select(*columns, col(PersonKey.wrapped))
        .join(PersonKey, col(PersonKey.person_id) == col(Grant.person_id))
        .where(col(Grant.revoked_at).is_(None), *where)
        .order_by(*in_order)
        .limit(BATCH),
        Found,
    )


class Sweep(NamedTuple):
    """One kind of end. keys: those of all people. act: of a person at a moment; end: what is done by it."""

    db: Database
    keys: PeopleKeys
    page: Page
    act: Callable[[Person, int], Act]
    end: End

    async def run(self, now: int) -> int:
        """End what is due at `now` (microseconds); how many.

        Raises AccordError when the database or the ledger cannot take it: what is left waits for the next.
        """
        last, ended = None, 0
        while ended < MOST:
            async with self.db.reading() as tx:
                due = await self.page(tx, last)
            ended += await self._end(due, now)
            if len(due) < BATCH:
                break
            last = due[-1]
        return ended

    async def _end(self, due: list[Found], now: int) -> int:
        """A batch in one unit; one by one where something in it cannot be read."""
        try:
            async with self.db.transaction() as tx:
                return sum([await self._end_one(tx, one, now) for one in due])
        except AccordError:
            raise
        except Exception:
            if len(due) == 1:
                log.exception("a grant could not be ended", grant=due[0].id)
                return 0
            return sum([await self._end([one], now) for one in due])

    async def _end_one(self, tx: Transaction, one: Found, now: int) -> bool:
        person = Person(one.person_id, one.subject, self.keys.open(one.person_id, one.wrapped))
        return await self.end(tx, one.id, self.act(person, now)) is not None
