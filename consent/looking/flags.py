"""What in the log looks wrong, or would if it were there: each flag is a bounded question."""

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from sqlalchemy import Integer, bindparam, select
from sqlmodel import col

from consent.ledger.append import LAG_LIMIT
from consent.ledger.searching.search import Filters, Page, search
from consent.ledger.sequencing.backlog import read_backlog
from consent.ledger.store import read_head
from consent.ledger.witnessing.witnessed import read_watched
from consent.looking.adding import behind
from consent.looking.figures import by_app_and_day
from consent.looking.tables import LedgerFlag
from consent.mirror.entries import READ, day_of
from foundation.clock import DAY
from foundation.database import Transaction
from foundation.statements import Statement

USUAL_DAYS = 28  # before the day that is looked at
SPIKE = 4  # times the usual
_FEWEST = 100  # reads on a day, under which nothing is a spike
MOST_SHOWN = 10
RECENT = 30 * DAY
REUSED = ("token.reused", "code.replayed")


class Spike(NamedTuple):
    """A day of an app that read far more than it does. usual: reads a day, over the days before."""

    client: str
    day: int
    reads: int
    usual: int


class Late(NamedTuple):
    """How old the oldest unproved event is, microseconds. state: against what the server bears."""

    age: int
    state: Literal["ok", "warn", "stop"]


class Flags(NamedTuple):
    """What was found. after_end: ids of events. witnesses: who cosigned lately.

    behind: entries that no figure counts yet.
    """

    after_end: list[str]
    spikes: list[Spike]
    reused: Mapping[str, Page]
    late: Late
    witnesses: Sequence[str]
    behind: int


class _Flagged(NamedTuple):
    event_id: str


_FLAGGED = Statement(
    select(col(LedgerFlag.event_id))
    .order_by(col(LedgerFlag.event_id).desc())
    .limit(bindparam("most", type_=Integer)),
    _Flagged,
)


async def read_flags(tx: Transaction, origin: str, now: int) -> Flags:
    """All of them, at a moment (microseconds)."""
    today, head = day_of(now), await read_head(tx, origin)
    counts = await by_app_and_day(tx, READ, today - USUAL_DAYS - 1, today)
    reused = {
        event: await search(tx, origin, Filters(event=event, since=now - RECENT), limit=MOST_SHOWN)
        for event in REUSED
    }
    age = (await read_backlog(tx, head)).age(now)
    return Flags(
        [one.event_id for one in await tx.all(_FLAGGED, most=MOST_SHOWN)],
        spikes_in(counts, today),
        reused,
        Late(age, "stop" if age > LAG_LIMIT else "warn" if age > LAG_LIMIT // 4 else "ok"),
        (await read_watched(tx, origin)).seen_by(now),
        await behind(tx),
    )


def spikes_in(counts: Mapping[str, Mapping[int, int]], today: int) -> list[Spike]:
    """Apps that read today or yesterday far more than on a usual day, the largest first.

    counts: reads, by app and day. A day is compared with the USUAL_DAYS before it; days without reads count.
    """
    found = []
    for client, by_day in counts.items():
        for day in (today, today - 1):
            reads = by_day.get(day, 0)
            usual = sum(by_day.get(before, 0) for before in range(day - USUAL_DAYS, day)) // USUAL_DAYS
            if reads >= max(_FEWEST, SPIKE * usual):
                found.append(Spike(client, day, reads, usual))
    return sorted(found, key=lambda spike: (-spike.reads, spike.client, spike.day))
