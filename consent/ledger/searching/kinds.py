"""The kinds of events that a log has, and the newest of several kinds: by ranges of one index alone.

An event's name says its class and its outcome, always the same: so a question about class or outcome is one
about names. The index by name is leapt through, from each name to the next, and from each event to the one
before it: a page of any kinds costs some seeks for each of its rows, wherever in the log they stand.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

import orjson
from sqlalchemy import (
    JSON,
    ColumnElement,
    Executable,
    Integer,
    ScalarSelect,
    Select,
    TableValuedAlias,
    Text,
    bindparam,
    cast,
    func,
    literal,
    select,
    true,
    tuple_,
)
from sqlalchemy.orm import aliased
from sqlmodel import col

from consent.ledger.shelves import Window
from consent.ledger.tables import LedgerEntry
from foundation.database import Transaction
from foundation.statements import Statement

_TOLD = frozenset(("event", "log", "outcome"))  # what a name decides


class Kind(NamedTuple):
    """A name that the log has, with what its newest event says."""

    event: str
    log: str
    outcome: str


class _Id(NamedTuple):
    event_id: str


_entry = aliased(LedgerEntry)
_name, _id = col(_entry.event), col(_entry.event_id)


def _names() -> Executable:
    names = select(func.min(_name).label("event")).cte("names", recursive=True)
    later = select(func.min(_name)).where(_name > names.c.event).correlate(names).scalar_subquery()
    names = names.union_all(select(later).where(names.c.event.is_not(None)))
    low, high = map(literal, Window.of(None, None))
    newest = _of_name(names.c.event, low, high, literal(1)).scalar_subquery()
    shown = aliased(LedgerEntry)
    return select(col(shown.event), col(shown.log), col(shown.outcome)).join(
        names, col(shown.event_id) == newest
    )


def _newest(dialect: str) -> Executable:
    low, high = bindparam("low", type_=Text), bindparam("high", type_=Text)
    if dialect != "sqlite":
        each = each_of(dialect, "events")
        newest = _of_name(each.c.value, low, high, bindparam("limit", type_=Integer)).lateral("newest")
        chosen = select(newest.c.event_id).select_from(each.join(newest, true()))
        return chosen.order_by(newest.c.event_id.desc()).limit(bindparam("limit", type_=Integer))
    # Without LATERAL: step by step, from an event to the one before it.
    walk = select(_before(low, high).label("event_id"), literal(1).label("number")).cte(
        "walk", recursive=True
    )
    onwards = walk.c.event_id.is_not(None), walk.c.number < bindparam("limit", type_=Integer)
    walk = walk.union_all(select(_before(low, walk.c.event_id), walk.c.number + 1).where(*onwards))
    return select(walk.c.event_id).where(walk.c.event_id.is_not(None))


def _before(low: ColumnElement[str], high: ColumnElement[str]) -> ScalarSelect[Any]:
    """The newest event of all kinds that are asked for, in [low, high)."""
    each = each_of("sqlite", "events")
    newest = func.max(_of_name(each.c.value, low, high, literal(1)).scalar_subquery())
    return select(newest).select_from(each).correlate_except(each).scalar_subquery()


def each_of(dialect: str, array: str) -> TableValuedAlias:
    """The texts of the JSON array that is passed as `array`, in its column `value`."""
    asked = bindparam(array, type_=Text)
    each = func.json_each(asked) if dialect == "sqlite" else func.json_array_elements_text(cast(asked, JSON))
    return each.table_valued("value", name="each")


def _of_name(
    name: ColumnElement[str], low: ColumnElement[str], high: ColumnElement[str], most: ColumnElement[int]
) -> Select[str]:
    """The newest events of a name in [low, high): as pairs, so that no planner takes the index of all ids."""
    pair = tuple_(_name, _id)
    return (
        select(_id)
        .where(pair >= tuple_(name, low), pair < tuple_(name, high))
        .order_by(_name.desc(), _id.desc())
        .limit(most)
        .correlate_except(_entry)
    )


_NAMES, _NEWEST = Statement(_names(), Kind), Statement(_newest, _Id)


def told_by_name(fields: Collection[str]) -> bool:
    """Whether names answer all that is asked, and one alone does not: that has its own index."""
    return bool(fields) and _TOLD.issuperset(fields) and set(fields) != {"event"}


async def kinds_of(tx: Transaction, told: Mapping[str, str | int]) -> list[str]:
    """The names in the log of which all this is said. told: what `told_by_name` takes."""
    names = await tx.all(_NAMES)
    return [one.event for one in names if all(getattr(one, name) == told[name] for name in told)]


async def newest_of(tx: Transaction, events: Iterable[str], window: Window, limit: int) -> list[str]:
    """The ids of the newest events with these names, newest first."""
    asked = orjson.dumps(list(events)).decode()
    return [row.event_id for row in await tx.all(_NEWEST, events=asked, limit=limit, **window._asdict())]
