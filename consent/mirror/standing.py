"""A grant in the mirror, and a person's grants counted: what the dashboard asks of this room."""

from typing import Literal, NamedTuple

import orjson
from sqlalchemy import ColumnElement, and_, bindparam, func, select
from sqlmodel import col

from consent.choices import read_choice
from consent.grants import GrantRow
from consent.mirror.caretaker import CARE_OF
from consent.mirror.reflection import Reflected, reflect
from consent.mirror.totals import totals_of
from consent.tables import Grant
from foundation.database import Transaction
from foundation.statements import Statement

MOST_COUNTED = 500  # beyond, "more than": a count that never ends costs more than it tells

State = Literal["active", "paused", "ended"]


class CountRow(NamedTuple):
    grants: int


class Counts(NamedTuple):
    """How many of a person's grants are in each state, MOST_COUNTED + 1 at most."""

    active: int
    paused: int
    ended: int


_LIVES = and_(col(Grant.revoked_at).is_(None), col(Grant.expires_at) > bindparam("now"))
# Said so that SQLite, which keeps no statistics, starts from the pauses.
_RESTS = and_(
    col(Grant.paused_at) > 0, col(Grant.revoked_at).is_(None), col(Grant.expires_at) + 0 > bindparam("now")
)


def _count(*those: ColumnElement[bool]) -> Statement[CountRow]:
    some = select(col(Grant.id)).where(col(Grant.person_id) == bindparam("person_id"), *those)
    return Statement(select(func.count()).select_from(some.limit(MOST_COUNTED + 1).subquery()), CountRow)


_ACTIVE = _count(_LIVES, col(Grant.paused_at).is_(None))
_PAUSED = _count(_RESTS)
# Apart, for each has an index of its own.
_ENDED = _count(col(Grant.revoked_at).is_not(None))
_LAPSED = _count(col(Grant.revoked_at).is_(None), col(Grant.expires_at) <= bindparam("now"))


async def count_states(tx: Transaction, person_id: str, now: int) -> Counts:
    """How many of her grants are active, paused, over at `now`."""
    then = {"person_id": person_id, "now": now}
    active, paused, lapsed = [(await tx.one(one, **then)).grants for one in (_ACTIVE, _PAUSED, _LAPSED)]
    ended = (await tx.one(_ENDED, person_id=person_id)).grants
    return Counts(active, paused, min(ended + lapsed, MOST_COUNTED + 1))


async def mirror_of(tx: Transaction, person_id: str, row: GrantRow, now: int) -> tuple[Reflected, ...]:
    """What a grant lets its app read, against what it read."""
    care = await tx.first(CARE_OF, grant_id=row.id)
    since = row.granted_at if care is None else care.since
    totals = await totals_of(tx, person_id, [row.id])
    required = orjson.loads(row.terms_json)["required"]
    return reflect(read_choice(row.choice_json), required, totals, since, now)
