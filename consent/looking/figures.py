"""The figures of a period, out of the daily counts."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from sqlalchemy import bindparam, func, select
from sqlmodel import col

from consent.events import LISTING
from consent.looking.counting import DELAYS, LONGER, REVOKED
from consent.looking.tables import LedgerDay
from consent.mirror.entries import READ
from foundation.database import Transaction
from foundation.statements import Statement

GIVEN, REFUSED = "consent.given", "consent.refused"
PERIODS = {30: 1, 91: 7, 364: 28}  # days looked at -> days a column stands for
MOST_APPS = 10


class Count(NamedTuple):
    """Of one event: a day, or an app, or a detail, and how often."""

    name: str | int
    times: int


class Column(NamedTuple):
    """A column of a chart: its first and last day, and how often. open: whether its last day is not over."""

    first: int
    last: int
    times: int
    open: bool


class Figures(NamedTuple):
    """What the page shows. by_delay: in order; the others: the most first. apps: how many there are."""

    decisions: Mapping[str, list[Column]]
    by_delay: list[Count]
    by_app: list[Count]
    by_dataset: list[Count]
    apps: int


def _counted(column: str) -> Statement[Count]:
    name, times = col(getattr(LedgerDay, column)), func.sum(col(LedgerDay.times))
    return Statement(
        select(name, times)
        .where(
            col(LedgerDay.event) == bindparam("event"),
            col(LedgerDay.day) >= bindparam("first"),
            col(LedgerDay.day) <= bindparam("last"),
            col(LedgerDay.detail) != LISTING,
        )
        .group_by(name),
        Count,
    )


_BY_DAY, _BY_APP, _BY_DETAIL = _counted("day"), _counted("client"), _counted("detail")


async def read_figures(tx: Transaction, today: int, period: int) -> Figures:
    """The figures of the `period` days that end today. period: one of PERIODS."""
    span = {"first": today - period + 1, "last": today}
    decisions = {
        event: columns(await tx.all(_BY_DAY, event=event, **span), today, period)
        for event in (GIVEN, REFUSED, REVOKED)
    }
    lived = {one.name: int(one.times) for one in await tx.all(_BY_DETAIL, event=REVOKED, **span)}
    apps = _most_first(await tx.all(_BY_APP, event=READ, **span))
    return Figures(
        decisions,
        [Count(name, lived.get(name, 0)) for name in (*DELAYS, LONGER)],
        apps[:MOST_APPS],
        _most_first(await tx.all(_BY_DETAIL, event=READ, **span)),
        len(apps),
    )


async def by_app_and_day(tx: Transaction, event: str, first: int, last: int) -> Mapping[str, dict[int, int]]:
    """How often something happened, for each app and day of a span that saw any."""
    found: dict[str, dict[int, int]] = defaultdict(dict)
    for client, day, times in await tx.all(_BY_APP_AND_DAY, event=event, first=first, last=last):
        found[client][day] = int(times)
    return found


class _AppDay(NamedTuple):
    client: str
    day: int
    times: int


_BY_APP_AND_DAY = Statement(
    select(col(LedgerDay.client), col(LedgerDay.day), func.sum(col(LedgerDay.times)))
    .where(
        col(LedgerDay.event) == bindparam("event"),
        col(LedgerDay.day) >= bindparam("first"),
        col(LedgerDay.day) <= bindparam("last"),
    )
    .group_by(col(LedgerDay.client), col(LedgerDay.day)),
    _AppDay,
)


def columns(counts: Iterable[Count], today: int, period: int) -> list[Column]:
    """Days as columns, the last of which ends today; days without anything count as none."""
    wide, by_day = PERIODS[period], {one.name: int(one.times) for one in counts}
    made = []
    for first in range(today - period + 1, today + 1, wide):
        last = first + wide - 1
        times = sum(by_day.get(day, 0) for day in range(first, last + 1))
        made.append(Column(first, min(last, today), times, last >= today))
    return made


def _most_first(counts: Iterable[Count]) -> list[Count]:
    return sorted((Count(one.name, int(one.times)) for one in counts), key=lambda one: (-one.times, one.name))
