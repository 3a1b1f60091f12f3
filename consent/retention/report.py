"""What would go before it goes: per class and month, how much there is, when it may go and what keeps it.

The report is a few rows that are kept up to date, however long the log is (consent/looking/adding.py counts).
Who of a month's grants ended last takes a look through the month: once it is past its clock, and again only
when that grant keeps it no more.
"""

import asyncio
from itertools import pairwise
from typing import Any, Literal, NamedTuple

from consent.ledger.leaf import parse_leaf
from consent.ledger.moments import moment_of
from consent.ledger.retiring.retired import Period, retired_by
from consent.ledger.searching.search import Filters
from consent.ledger.shelves import Window
from consent.looking.adding import add_new
from consent.retention.clocks import Clocks
from consent.retention.rows import FIRST_WAITING, HELD, INTENTS, LAST_GRANT, LOOKED, Ends, Held, Intent
from foundation.clock import DAY, month_of, month_start, to_datetime
from foundation.database import Database, Transaction

State = Literal["kept", "due", "going", "retired"]
UNSEEN = "look"


class Standing(NamedTuple):
    """How a class and a month stand.

    events, bytes: that are there; of "retired", how many went. may_go: microseconds; while the clock keeps
    it, at the earliest. kept_by: "clock", "waiting" (an event has no place yet), UNSEEN (nobody looked yet
    which grant does), or a grant that may be argued about; None when nothing does. retired_at: when the last
    of it went; of another state, what came late is still there.
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


async def survey(tx: Transaction, clocks: Clocks, now: int) -> list[Standing]:
    """Every class and month of the log that is counted, oldest first, the retired ones among them."""
    intents = {Period(one.log, one.month): one for one in await tx.all(INTENTS)}
    held = {Period(one.log, one.month): one for one in await tx.all(HELD)}
    first = (await tx.one(FIRST_WAITING)).event_id
    waiting = None if first is None else month_of(moment_of(first))
    standings = []
    for period in sorted(intents.keys() | held.keys(), key=lambda one: (one.month, one.log)):
        there, intent = held.get(period), intents.get(period)
        if intent is not None and (intent.ended_at is None or there is None or not there.events):
            standings.append(_gone(period, intent, there, clocks))
        elif there is not None and there.events and month_start(period.month) <= now:
            standing = _there(there, waiting, clocks, now)
            standings.append(standing._replace(retired_at=intent.ended_at if intent else None))
    return standings


async def full_survey(db: Database, clocks: Clocks, now: int) -> list[Standing]:
    """The same once all is counted, and months looked into that nobody looked into."""
    standings = await _counted(db, clocks, now)
    unseen = [one for one in standings if one.kept_by == UNSEEN]
    for one in unseen:
        await _look(db, one, now)
    return await _counted(db, clocks, now) if unseen else standings


async def _counted(db: Database, clocks: Clocks, now: int) -> list[Standing]:
    await add_new(db)
    async with db.reading() as tx:
        return await survey(tx, clocks, now)


async def standing_of(db: Database, clocks: Clocks, now: int, period: Period) -> Standing | None:
    """One class and month, looked through where a grant may keep it; None when it never had an event."""
    standing = await _find(db, clocks, now, period)
    if standing is None or period.log != "consent" or standing.kept_by == "clock":
        return standing
    await _look(db, standing, now)
    return await _find(db, clocks, now, period)


async def _find(db: Database, clocks: Clocks, now: int, period: Period) -> Standing | None:
    return next((one for one in await _counted(db, clocks, now) if one.period == period), None)


async def _look(db: Database, standing: Standing, now: int) -> None:
    """See which grant of a month ended last, a day of it at a time."""
    month, last = standing.period.month, None
    start, end = month_start(month), month_start(month, 1)
    for since, until in pairwise([*range(start, end, DAY), end]):
        async with db.reading() as tx:
            last = _later(last, await tx.first(LAST_GRANT, **Window.of(since, until)._asdict()))
        await asyncio.sleep(0)  # beside a working server: its requests come first
    async with db.transaction() as tx:
        await tx.run(
            LOOKED,
            of_log=standing.period.log, of_month=month, seen=standing.events, now=now,
            last=None if last is None else last.grant_id,
        )  # fmt: skip


def _later(one: Ends | None, other: Ends | None) -> Ends | None:
    if one is None or other is None:
        return one or other
    return max(one, other, key=lambda ends: ends.ended_at)


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
    async with db.reading() as tx:
        return [Period(one.log, one.month) for one in await tx.all(INTENTS) if one.ended_at is None]


async def due(db: Database, clocks: Clocks, now: int) -> list[Period]:
    """What may go now."""
    return [one.period for one in await full_survey(db, clocks, now) if one.state == "due"]


def _there(held: Held, waiting: str | None, clocks: Clocks, now: int) -> Standing:
    """waiting: the month of the oldest event without a place."""
    period = Period(held.log, held.month)
    may_go, by_clock = clocks.may_go(period, held.ended_at), clocks.may_go(period, None)
    kept_by = None
    if may_go > now:
        kept_by = held.grant_id if may_go > by_clock else "clock"
    elif period.log == "consent" and not held.settled:
        kept_by = UNSEEN
    elif waiting is not None and waiting <= period.month:
        kept_by = "waiting"
    state: State = "due" if kept_by is None else "kept"
    return Standing(period, state, held.events, held.bytes, may_go, kept_by)


def _gone(period: Period, intent: Intent, held: Held | None, clocks: Clocks) -> Standing:
    may_go = clocks.may_go(period, None)
    if intent.ended_at is None:
        events, size = (held.events, held.bytes) if held else (0, 0)
        return Standing(period, "going", events, size, may_go, None)
    told = retired_by(parse_leaf(intent.leaf))
    return Standing(period, "retired", told.events if told else 0, 0, may_go, None, intent.ended_at)
