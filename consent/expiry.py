"""Grants past their term, told to the ledger in the background.

Whether a grant lives is judged from `expires_at` whenever it is used. A term is recorded by whoever comes
first, this sweep or the next decision about the app, and once.
"""

from sqlalchemy import bindparam, tuple_
from sqlmodel import col

from consent.acts import Act, Person
from consent.decisions import Decisions
from consent.sweeping import Found, Sweep, open_grants
from consent.tables import Grant
from foundation.clock import MINUTE
from foundation.database import Database, Transaction
from keys.people import PeopleKeys

_MARGIN = MINUTE  # nodes' clocks differ, and no event is early
_ORDER = (col(Grant.expires_at), col(Grant.id))
_DUE = open_grants(
    col(Grant.expires_at) <= bindparam("until"),
    tuple_(*_ORDER) > tuple_(bindparam("seen_at"), bindparam("seen_id")),
    in_order=_ORDER,
)


class Expiry:
    """Records terms. keys: those of all people."""

    def __init__(self, db: Database, decisions: Decisions, keys: PeopleKeys) -> None:
        self._db = db
        self._decisions = decisions
        self._keys = keys

    async def sweep(self, now: int) -> int:
        """Record the terms that passed before `now` (microseconds); how many. Raises as `Sweep.run`."""

        async def due(tx: Transaction, last: Found | None) -> list[Found]:
            seen_at, seen_id = (0, "") if last is None else (last.expires_at, last.id)
            return await tx.all(_DUE, until=now - _MARGIN, seen_at=seen_at, seen_id=seen_id)

        return await Sweep(self._db, self._keys, due, _by_time, self._decisions.lapse).run(now)


def _by_time(person: Person, now: int) -> Act:
    return Act(person, now, request_id=None)
