"""A person's history by day: pages of lines, newest day first, at a cost that does not go with its length."""

from collections.abc import Mapping
from typing import NamedTuple

import orjson
from sqlalchemy import Executable, Integer, bindparam, select, tuple_
from sqlmodel import col

from consent.ledger.leaf import Leaf, LeafError, parse_leaf
from consent.ledger.tables import LedgerEvent
from consent.mirror.entries import READ, DayKey, Line, add_up, day_of, put
from consent.mirror.lists import given, unindexed
from consent.mirror.tables import HistoryDay
from consent.mirror.tail import with_tail
from foundation.database import Transaction
from foundation.errors import AccordError
from foundation.ids import is_id
from foundation.statements import Statement

PAGE = 30
WEEKS = 12
_FIRST = DayKey(2**31 - 1, "g", "")  # ids are hexadecimal


class DayLine(NamedTuple):
    """One line of a day: what happened (its newest leaf tells), how often, and when last (microseconds)."""

    day: int
    grant_id: str
    leaf: Leaf
    times: int
    items: int
    last_at: int


class DayPage(NamedTuple):
    """Lines, by day and then by app; and the cursor of those that follow (None on the last page)."""

    lines: list[DayLine]
    cursor: str | None


class _Row(NamedTuple):
    day: int
    grant_id: str
    line: str
    times: int
    items: int
    last_at: int
    last_event: str


class _Leaf(NamedTuple):
    event_id: str
    leaf: str


_KEY = (col(HistoryDay.day), col(HistoryDay.grant_id), col(HistoryDay.line))
_COLUMNS = tuple(col(getattr(HistoryDay, name)) for name in _Row._fields)
_PAGE_OF = Statement(
    select(*_COLUMNS)
    .where(
        col(HistoryDay.person_id) == bindparam("person_id"),
        tuple_(*_KEY) < tuple_(bindparam("day"), bindparam("grant_id"), bindparam("line")),
    )
    .order_by(*(column.desc() for column in _KEY))
    .limit(bindparam("most", type_=Integer)),
    _Row,
)


def _of_grant(dialect: str) -> Executable:
    return select(*_COLUMNS).where(
        col(HistoryDay.grant_id) == bindparam("grant_id"),
        col(HistoryDay.day) >= bindparam("since"),
        unindexed(dialect, col(HistoryDay.person_id)) == bindparam("person_id"),
    )


_OF_GRANT = Statement(_of_grant, _Row)


def _leaves(dialect: str) -> Executable:
    return select(col(LedgerEvent.id), col(LedgerEvent.leaf)).where(
        col(LedgerEvent.id).in_(given(dialect, "events"))
    )


_LEAVES = Statement(_leaves, _Leaf)


async def history_by_day(
    tx: Transaction, person_id: str, cursor: str | None = None, most: int = PAGE
) -> DayPage:
    """A page of a person's history. Raises AccordError bad_cursor (400)."""
    below = _FIRST if cursor is None else _read_cursor(cursor)
    rows, tail = await with_tail(
        tx, person_id, lambda: tx.all(_PAGE_OF, person_id=person_id, most=most + 1, **below._asdict())
    )
    shown, more = rows[:most], len(rows) > most
    found = {DayKey(*row[:3]): Line(*row[3:]) for row in shown}
    last = DayKey(*shown[-1][:3]) if more else None
    for key, line in add_up(tail).days.items():
        if key < below and (last is None or key >= last):
            put(found, key, line)
    ordered = dict(sorted(found.items(), reverse=True))
    return DayPage(await _told(tx, ordered), None if last is None else _cursor(last))


async def reads_by_week(tx: Transaction, person_id: str, grant_id: str, now: int) -> list[tuple[int, int]]:
    """How often values of hers left under a grant, in each of the last weeks: (first day, reads)."""
    monday = _monday(day_of(now))
    since = monday - 7 * (WEEKS - 1)
    values = {"person_id": person_id, "grant_id": grant_id, "since": since}
    rows, tail = await with_tail(tx, person_id, lambda: tx.all(_OF_GRANT, **values))
    weeks = dict.fromkeys(range(since, monday + 1, 7), 0)
    counted = [(row.day, row.times) for row in rows if _lets_out(row.line)]
    counted += [(day_of(one.time), 1) for one in tail if one.lets_out and one.grant_id == grant_id]
    for day, times in counted:
        if (week := _monday(day)) in weeks:
            weeks[week] += times
    return list(weeks.items())


def _monday(day: int) -> int:
    return day - (day + 3) % 7  # 1970-01-01 was a Thursday


def _lets_out(line: str) -> bool:
    event, _, rest = line.partition(" ")
    return event == READ and rest.partition(" ")[0] not in {"", "grant"}


async def _told(tx: Transaction, lines: Mapping[DayKey, Line]) -> list[DayLine]:
    """Lines with the leaf that tells each; one whose text is damaged is left to the auditors."""
    events = orjson.dumps(sorted({line.last_event for line in lines.values()})).decode()
    leaves = {row.event_id: row.leaf for row in await tx.all(_LEAVES, events=events)} if lines else {}
    told = []
    for key, line in lines.items():
        try:
            leaf = parse_leaf(leaves.get(line.last_event, ""))
        except LeafError:
            continue
        told.append(DayLine(key.day, key.grant_id, leaf, line.times, line.items, line.last_at))
    return told


def _cursor(key: DayKey) -> str:
    return f"{key.day}.{key.grant_id}.{key.line}"


def _read_cursor(text: str) -> DayKey:
    day, _, rest = text.partition(".")
    grant_id, _, line = rest.partition(".")
    if not (day.isascii() and day.isdigit() and len(day) <= 6 and is_id(grant_id) and line.isprintable()):
        raise AccordError("bad_cursor", "This page link is damaged. Start the search again.")
    return DayKey(int(day), grant_id, line)
