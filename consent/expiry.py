"""Grants past their term, told to the ledger in the background.

Nothing depends on it: whether a grant lives is judged from `expires_at` whenever it is used. A term is
recorded by whoever comes first, this sweep or the next decision about the app, and once: the same UPDATE says
so.
"""

from typing import NamedTuple

import structlog
from sqlalchemy import bindparam, select, tuple_
from sqlmodel import col

from consent.acts import Act, Person
from consent.decisions import Decisions
from consent.tables import Grant
from foundation.clock import MINUTE
from foundation.database import Database
from foundation.errors import AccordError
from foundation.statements import Statement
from keys.people import PeopleKeys
from keys.tables import PersonKey

log = structlog.get_logger("consent")

BATCH = 20  # a signature and four writes each: some milliseconds of the writer
_MOST = 2_000  # a round: a long backlog must not make the log lag
_MARGIN = MINUTE  # nodes' clocks differ, and no event is early


class _Due(NamedTuple):
    """A grant past its term, and what opens its person's keys."""

    id: str
    expires_at: int
    person_id: str
    subject: str
    wrapped: bytes


_AFTER = tuple_(col(Grant.expires_at), col(Grant.id)) > tuple_(bindparam("seen_at"), bindparam("seen_id"))
# The join leaves out a person who was erased: nothing is left to tell her.
_DUE = Statement(
    select(
        col(Grant.id),
        col(Grant.expires_at),
        col(Grant.person_id),
        col(Grant.subject),
        col(PersonKey.wrapped),
    )
    .join(PersonKey, col(PersonKey.person_id) == col(Grant.person_id))
    .where(col(Grant.revoked_at).is_(None), col(Grant.expires_at) <= bindparam("until"), _AFTER)
    .order_by(col(Grant.expires_at), col(Grant.id))
    .limit(BATCH),
    _Due,
)


class Expiry:
    """Records terms. keys: those of all people."""

    def __init__(self, db: Database, decisions: Decisions, keys: PeopleKeys) -> None:
        self._db = db
        self._decisions = decisions
        self._keys = keys

    async def sweep(self, now: int) -> int:
        """Record the terms that passed before `now` (microseconds); how many.

        Raises AccordError when the database or the ledger cannot take it: what is left waits for the next.
        """
        seen_at, seen_id, recorded = 0, "", 0
        while recorded < _MOST:
            async with self._db.reading() as tx:
                due = await tx.all(_DUE, until=now - _MARGIN, seen_at=seen_at, seen_id=seen_id)
            recorded += await self._record(due, now)
            if len(due) < BATCH:
                break
            seen_at, seen_id = due[-1].expires_at, due[-1].id
        return recorded

    async def _record(self, due: list[_Due], now: int) -> int:
        """A batch in one unit; one by one where something in it cannot be read."""
        try:
            async with self._db.transaction() as tx:
                return sum([await self._decisions.lapse(tx, *self._of(one, now)) is not None for one in due])
        except AccordError:
            raise
        except Exception:
            if len(due) == 1:
                log.exception("a term could not be recorded", grant=due[0].id)
                return 0
            return sum([await self._record([one], now) for one in due])

    def _of(self, due: _Due, now: int) -> tuple[str, Act]:
        secrets = self._keys.open(due.person_id, due.wrapped)
        return due.id, Act(Person(due.person_id, due.subject, secrets), now, request_id=None)
