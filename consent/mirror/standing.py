"""A grant in the mirror, and a person's grants counted: what the dashboard asks of this room."""

from typing import NamedTuple

import orjson
from sqlalchemy import ColumnElement, ScalarSelect, Select, bindparam, func, literal_column, select
from sqlmodel import col

from consent.choices import read_choice
from consent.grants import GrantRow
from consent.mirror.caretaker import CARE_OF
from consent.mirror.reflection import Reflected, reflect
from consent.mirror.totals import totals_of
from consent.tables import Grant
from foundation.database import Transaction
from foundation.statements import Statement

MOST_COUNTED = 100  # beyond, "more than": a count that never ends costs more than it tells


class CountRow(NamedTuple):
    active: int
    paused: int
    ended: int
    lapsed: int
    lapsed_paused: int


class Counts(NamedTuple):
    """How many of a person's grants are in each state, MOST_COUNTED + 1 at most."""

    active: int
    paused: int
    ended: int


_OPEN = col(Grant.revoked_at).is_(None)
_AWAKE, _RESTS = col(Grant.paused_at).is_(None), col(Grant.paused_at).is_not(None)
_LIVES, _LAPSED = col(Grant.expires_at) > bindparam("now"), col(Grant.expires_at) <= bindparam("now")


def _count(*those: ColumnElement[bool]) -> ScalarSelect[int]:
    """Of the entries of one index: no row of a grant is looked at."""
    hers: Select[tuple[int]] = select(literal_column("1")).where(
        col(Grant.person_id) == bindparam("person_id"), *those
    )
    return select(func.count()).select_from(hers.limit(MOST_COUNTED + 1).subquery()).scalar_subquery()


_COUNTED = Statement(
    select(
        _count(_OPEN, _AWAKE, _LIVES),
        _count(_OPEN, _RESTS, _LIVES),
        _count(col(Grant.revoked_at).is_not(None)),
        _count(_OPEN, _AWAKE, _LAPSED),
        _count(_OPEN, _RESTS, _LAPSED),
    ),
    CountRow,
)


async def count_states(tx: Transaction, person_id: str, now: int) -> Counts:
    """How many of her grants are active, paused, over at `now`."""
    found = await tx.one(_COUNTED, person_id=person_id, now=now)
    over = found.ended + found.lapsed + found.lapsed_paused
    return Counts(found.active, found.paused, min(over, MOST_COUNTED + 1))


async def mirror_of(tx: Transaction, person_id: str, row: GrantRow, now: int) -> tuple[Reflected, ...]:
    """What a grant lets its app read, against what it read."""
    care = await tx.first(CARE_OF, grant_id=row.id)
    since = row.granted_at if care is None else care.since
    totals = await totals_of(tx, person_id, [row.id])
    required = orjson.loads(row.terms_json)["required"]
    return reflect(read_choice(row.choice_json), required, totals, since, now)
