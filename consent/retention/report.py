"""What would go before it goes: per class and month, how much there is, when it may go and what keeps it."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Literal, NamedTuple

from consent.ledger.leaf import LOGS, parse_leaf
from consent.ledger.moments import moment_of
from consent.ledger.retiring.retired import Period, retired_by
from consent.ledger.retiring.retirements import window_of
from consent.ledger.searching.search import Filters
from consent.ledger.shelves import Window
from consent.retention.clocks import Clocks
from consent.retention.rows import INTENTS, LAST_GRANT, NEXT, SUMS, WAITING, Ends, Intent
from foundation.clock import DAY, month_of, month_start, to_datetime
from foundation.database import Database, Transaction
from foundation.ids import oldest_id_at

State = Literal["kept", "due", "going", "retired"]


class Standing(NamedTuple):
    """How a class and a month stand.

    events, bytes: that are there; of "retired", how many went. may_go: microseconds. kept_by: "clock",
    "waiting" (an event has no place yet), or the grant that may be argued about longest; None when nothing
    does. retired_at: when the last of it went.
    """

    period: Period
    state: State
    events: int
    bytes: int
    may_go: int
    kept_by: str | None
    retired_at: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """The same for a program; times as RFC 3339."""
        when = self.retired_at
        return {
            "log": self.period.log,
            "period": self.period.month,
            "state": self.state,
            "events": self.events,
            "bytes": self.bytes,
            "may_go": to_datetime(self.may_go).isoformat(),
            "kept_by": self.kept_by,
            "retired_at": None if when is None else to_datetime(when).isoformat(),
        }


class _Found(NamedTuple):
    events: int
    bytes: int
    last_grant: Ends | None
    waiting: bool


async def survey(db: Database, clocks: Clocks, now: int) -> list[Standing]:
    """Every class and month of the log, oldest first, the retired ones among them."""
    intents = await _intents(db)
    standings = []
    for month in sorted({*await _months(db, now), *(period.month for period in intents)}):
        found = await _look(db, month)
        for log in sorted(LOGS):
            period = Period(log, month)
            if period in intents:
                standings.append(_gone(period, intents[period], found[log], clocks))
            elif found[log].events:
                standings.append(_there(period, found[log], clocks, now))
    return standings


async def standing_of(db: Database, clocks: Clocks, now: int, period: Period) -> Standing | None:
    """One class and month; None when it never had an event."""
    intents, found = await _intents(db), (await _look(db, period.month))[period.log]
    if period in intents:
        return _gone(period, intents[period], found, clocks)
    return _there(period, found, clocks, now) if found.events else None


async def any_retired(tx: Transaction, filters: Filters) -> bool:
    """Whether a month went, or goes, in which a search would have looked."""
    return any(
        filters.log in {None, one.log}
        and (filters.until is None or month_start(one.month) < filters.until)
        and (filters.since is None or month_start(one.month, 1) > filters.since)
        for one in await tx.all(INTENTS)
    )


async def unfinished(db: Database) -> list[Period]:
    """What was begun and did not end."""
    return [period for period, one in (await _intents(db)).items() if one.ended_at is None]


async def due(db: Database, clocks: Clocks, now: int) -> list[Period]:
    """What may go now. Months that their clock alone keeps are not looked into."""
    intended = await _intents(db)
    old = [Period(log, month) for month in await _months(db, now) for log in sorted(LOGS)]
    past = [one for one in old if one not in intended and clocks.may_go(one, None) <= now]
    standings = [await standing_of(db, clocks, now, one) for one in past]
    return [one.period for one in standings if one is not None and one.state == "due"]


def _there(period: Period, found: _Found, clocks: Clocks, now: int) -> Standing:
    last = found.last_grant
    may_go = clocks.may_go(period, None if last is None else last.ended_at)
    kept_by = None
    if may_go > now:
        by_clock = clocks.may_go(period, None)
        kept_by = last.grant_id if last is not None and may_go > by_clock else "clock"
    elif found.waiting:
        kept_by = "waiting"
    return Standing(period, "kept" if kept_by else "due", found.events, found.bytes, may_go, kept_by)


def _gone(period: Period, intent: Intent, found: _Found, clocks: Clocks) -> Standing:
    may_go = clocks.may_go(period, None)
    if intent.ended_at is None:
        return Standing(period, "going", found.events, found.bytes, may_go, None)
    told = retired_by(parse_leaf(intent.leaf))
    return Standing(period, "retired", told.events if told else 0, 0, may_go, None, intent.ended_at)


async def _intents(db: Database) -> dict[Period, Intent]:
    async with db.reading() as tx:
        return {Period(one.log, one.month): one for one in await tx.all(INTENTS)}


async def _months(db: Database, now: int) -> list[str]:
    """The months so far that have an event with a place; those without are leapt over."""
    found: list[str] = []
    low = ""
    while True:
        async with db.reading() as tx:
            event_id = (await tx.one(NEXT, low=low)).event_id
        if event_id is None or moment_of(event_id) > now:
            return found
        found.append(month_of(moment_of(event_id)))
        low = oldest_id_at(month_start(found[-1], 1))


async def _look(db: Database, month: str) -> Mapping[str, _Found]:
    """What of each class a month has."""
    sums: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    last: Ends | None = None
    start, end = month_start(month), month_start(month, 1)
    for since, until in pairwise([*range(start, end, DAY), end]):
        async with db.reading() as tx:
            last = await _day(tx, Window.of(since, until), sums, last)
        await asyncio.sleep(0)  # beside a working server: its requests come first
    async with db.reading() as tx:
        waiting = (await tx.one(WAITING, **window_of(Period("", month))._asdict())).event_id is not None
    return {log: _Found(*sums[log], last if log == "consent" else None, waiting) for log in LOGS}


async def _day(
    tx: Transaction, window: Window, sums: dict[str, tuple[int, int]], last: Ends | None
) -> Ends | None:
    for row in await tx.all(SUMS, **window._asdict()):
        events, size = sums[row.log]
        sums[row.log] = (events + row.events, size + int(row.bytes))
    of_day = await tx.first(LAST_GRANT, **window._asdict())
    return max((one for one in (last, of_day) if one is not None), key=lambda one: one.ended_at, default=None)
