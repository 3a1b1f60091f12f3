"""How telling goes, app by app: for auditors, a page of apps at a time, whatever the outbox has grown to.

Apps are found by steps in one index, from each to the next. What is counted is counted in an index too, and
no further than MOST: past that, that there are more says as much as how many.
"""

from typing import Any, NamedTuple

from sqlalchemy import BigInteger, ColumnElement, Integer, bindparam, func, literal_column, or_, select
from sqlmodel import col

from foundation.database import Transaction
from foundation.statements import Statement
from idp.signals.rows import OF_APP, QUEUED
from idp.signals.tables import Signal

MOST = 1_000
PAGE = 25  # apps


class AppState(NamedTuple):
    """How telling one app goes. Times are microseconds; numbers stop at MOST + 1."""

    client_id: str
    told: int
    waiting: int
    oldest_waiting: int | None
    failed: int
    owed: int
    late: int


class _Next(NamedTuple):
    client_id: str | None


class _Counts(NamedTuple):
    told: int
    waiting: int
    oldest_waiting: int | None
    failed: int
    owed: int
    late: int


_STOP = bindparam("stop", type_=Integer)


def _up_to(*conditions: ColumnElement[bool]) -> Any:  # noqa: ANN401  # a scalar subquery of int
    found: Any = select(literal_column("1")).select_from(Signal).where(OF_APP, *conditions).limit(_STOP)
    return select(func.count()).select_from(found.subquery()).scalar_subquery()


_STATE, _ERASE_BY = col(Signal.state), col(Signal.erase_by)
# Written so that the index of what is owed serves, and no other.
_OWED = (_ERASE_BY.is_not(None), col(Signal.attested_at).is_(None))
_PAST = bindparam("now", type_=BigInteger) > _ERASE_BY
_OLDEST = select(col(Signal.occurred_at)).where(OF_APP, QUEUED).order_by(col(Signal.id)).limit(1)
COUNTS = Statement(
    select(
        _up_to(_STATE == "acknowledged"),
        _up_to(QUEUED),
        _OLDEST.scalar_subquery(),
        _up_to(or_(_STATE == "refused", _STATE == "given_up")),
        _up_to(*_OWED, _ERASE_BY > 0),
        _up_to(*_OWED, _PAST),
    ),
    _Counts,
)
NEXT = Statement(
    select(func.min(col(Signal.client_id))).where(col(Signal.client_id) > bindparam("after")), _Next
)


async def some_apps(tx: Transaction, after: str, now: int) -> tuple[list[AppState], bool]:
    """The next apps that were told something, in the order of their ids, and whether there are more."""
    found: list[AppState] = []
    while client_id := (await tx.one(NEXT, after=after)).client_id:
        if len(found) == PAGE:
            return found, True
        found.append(AppState(client_id, *await tx.one(COUNTS, client_id=client_id, now=now, stop=MOST + 1)))
        after = client_id
    return found, False


async def every_app(tx: Transaction, now: int) -> list[AppState]:
    """All of them: for a command."""
    found: list[AppState] = []
    more = True
    while more:
        page, more = await some_apps(tx, found[-1].client_id if found else "", now)
        found += page
    return found
