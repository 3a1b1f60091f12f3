"""What was read of a person, dataset by dataset and field by field: by one app, by each, by all together."""

from collections.abc import Collection
from typing import NamedTuple

import orjson
from sqlalchemy import Executable, Integer, bindparam, select, tuple_
from sqlmodel import col

from consent.mirror.entries import ALL, Total, TotalKey, add_up, put
from consent.mirror.lists import given
from consent.mirror.tables import ReadTotal
from consent.mirror.tail import with_tail
from foundation.database import Transaction
from foundation.errors import AccordError
from foundation.ids import is_id
from foundation.statements import Statement

PAGE = 20
Totals = dict[TotalKey, Total]


class _Row(NamedTuple):
    grant_id: str
    dataset: str
    fields: str
    reads: int
    first_at: int
    last_at: int


_COLUMNS = tuple(col(getattr(ReadTotal, name)) for name in _Row._fields)
_HERS = col(ReadTotal.person_id) == bindparam("person_id")


def _of_grants(dialect: str) -> Executable:
    return select(*_COLUMNS).where(_HERS, col(ReadTotal.grant_id).in_(given(dialect, "grants")))


_OF_GRANTS = Statement(_of_grants, _Row)
_NEWEST = (col(ReadTotal.last_at), col(ReadTotal.grant_id))
_OF_DATASET = Statement(
    select(*_COLUMNS)
    .where(
        _HERS,
        col(ReadTotal.dataset) == bindparam("dataset"),
        col(ReadTotal.grant_id) != ALL,
        tuple_(*_NEWEST) < tuple_(bindparam("last_at"), bindparam("grant_id")),
    )
    .order_by(*(column.desc() for column in _NEWEST))
    .limit(bindparam("most", type_=Integer)),
    _Row,
)


async def totals_of(tx: Transaction, person_id: str, grants: Collection[str]) -> Totals:
    """Totals of some of a person's grants; of all together, where `grants` holds entries.ALL."""
    values = {"person_id": person_id, "grants": orjson.dumps(sorted(set(grants))).decode()}
    rows, tail = await with_tail(tx, person_id, lambda: tx.all(_OF_GRANTS, **values))
    found = {TotalKey(*row[:3]): Total(*row[3:]) for row in rows}
    for key, total in add_up(tail).totals.items():
        if key.grant_id in grants:
            put(found, key, total)
    return found


async def readers_of(
    tx: Transaction, person_id: str, dataset: str, cursor: str | None = None
) -> tuple[list[tuple[TotalKey, Total]], str | None]:
    """A page of who read a dataset, the last first, and the cursor of those that follow.

    Raises AccordError bad_cursor (400).
    """
    below = (2**62, "g") if cursor is None else _read_cursor(cursor)
    values = {"person_id": person_id, "dataset": dataset, "last_at": below[0], "grant_id": below[1]}
    rows, tail = await with_tail(tx, person_id, lambda: tx.all(_OF_DATASET, most=PAGE + 1, **values))
    shown = {TotalKey(*row[:3]): Total(*row[3:]) for row in rows[:PAGE]}
    for key, total in add_up(tail).totals.items():
        if key.dataset == dataset and key.grant_id != ALL and (key in shown or cursor is None):
            put(shown, key, total)
    ordered = sorted(shown.items(), key=lambda one: one[1].last_at, reverse=True)
    more = rows[PAGE - 1] if len(rows) > PAGE else None
    return ordered, None if more is None else f"{more.last_at}.{more.grant_id}"


async def last_reads(tx: Transaction, person_id: str, grants: Collection[str]) -> dict[str, int]:
    """When values of hers last left under each of these grants, microseconds; none where they never did."""
    newest: dict[str, int] = {}
    for key, total in (await totals_of(tx, person_id, grants)).items():
        newest[key.grant_id] = max(total.last_at, newest.get(key.grant_id, 0))
    return newest


def _read_cursor(text: str) -> tuple[int, str]:
    last_at, _, grant_id = text.partition(".")
    if not (last_at.isascii() and last_at.isdigit() and len(last_at) <= 18 and is_id(grant_id)):
        raise AccordError("bad_cursor", "This page link is damaged. Start the search again.")
    return int(last_at), grant_id
