"""An event of the ledger as summaries see it, and how events add up: pure functions."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, time
from functools import lru_cache
from typing import NamedTuple, TypeVar

import orjson

from consent.events import LISTING
from foundation.clock import HOUR, SECOND, to_datetime
from foundation.web.dates import zone_of

READ = "data.read"
_LONGEST_LINE = 2_000
_ALIKE = slice(2, 6)  # of an Entry: what happened, under which grant, what was read
_FOR = "/"  # in no dataset's name, nor a field's
_UNIX = 719_163  # ordinal of 1970-01-01
ALL = ""  # in place of a grant: all of a person's together
# No reader's own: what is added up has one calendar. (Offsets of this one are whole hours.)
ZONE = zone_of(None)


class Entry(NamedTuple):
    """One event under a grant. dataset, fields: "" for what is no read. items: how many it let out.

    behalf: the grant of the app that this one acted for, "" for none.
    """

    event_id: str
    time: int
    event: str
    grant_id: str
    dataset: str
    fields: str
    items: int
    behalf: str = ""

    @property
    def line(self) -> str:
        """The name of what is told together on a day: "data.read skills label level", "consent.given".

        What was done on behalf of different apps is told apart.
        """
        said = f"{self.event} {self.dataset} {self.fields}".rstrip()[:_LONGEST_LINE]
        return f"{said} {_FOR}{self.behalf}" if self.behalf else said

    @property
    def lets_out(self) -> bool:
        """Whether values of hers left: asking what may be read lets out none."""
        return self.event == READ and self.dataset not in {"", LISTING}


class DayKey(NamedTuple):
    """A line of `history_day` within one person's."""

    day: int
    grant_id: str
    line: str


class Line(NamedTuple):
    """How often something happened, and the newest time it did."""

    times: int
    items: int
    last_at: int
    last_event: str

    def plus(self, other: "Line") -> "Line":
        newest = max(self.last_event, other.last_event)  # ids go with time
        last_at = max(self.last_at, other.last_at)
        return Line(self.times + other.times, max(self.items, other.items), last_at, newest)


class TotalKey(NamedTuple):
    """A line of `read_total` within one person's; ALL for all of her grants together."""

    grant_id: str
    dataset: str
    fields: str


class Total(NamedTuple):
    """How many reads, and the first and last time."""

    reads: int
    first_at: int
    last_at: int

    def plus(self, other: "Total") -> "Total":
        first_at, last_at = min(self.first_at, other.first_at), max(self.last_at, other.last_at)
        return Total(self.reads + other.reads, first_at, last_at)


KeyT = TypeVar("KeyT")
LineT = TypeVar("LineT", Line, Total)


class Sums(NamedTuple):
    """What entries add up to."""

    days: dict[DayKey, Line]
    totals: dict[TotalKey, Total]


_SHAPE = (str, int, str, str, str, str, int, str)
_LATEST = 2**53
_MOST_ITEMS = 2**31 - 1


def read_entry(event_id: str, text: str) -> Entry | None:
    """The entry that a stored leaf tells of; None for one that is about no grant, or damaged."""
    try:
        leaf = orjson.loads(text)
        facts = leaf["facts"]
        read = (facts.get("dataset") or "", facts.get("fields") or "", facts.get("count") or 0)
        behalf = facts.get("behalf_grant") or ""
        entry = Entry(event_id, leaf["time"], leaf["event"], leaf["grant"], *read, behalf)
    except (ValueError, LookupError, TypeError, AttributeError):
        return None
    # NUL, which no text column stores, has one spelling in JSON.
    if tuple(map(type, entry)) != _SHAPE or "\\u0000" in text:
        return None
    return entry if 0 <= entry.time < _LATEST and 0 <= entry.items <= _MOST_ITEMS else None


def add_up(entries: Iterable[Entry]) -> Sums:
    """Entries of one person, by day and in total."""
    alike: dict[tuple[object, ...], list[Entry]] = defaultdict(list)
    for one in entries:
        alike[one.time // HOUR, one.behalf, one[_ALIKE]].append(one)
    sums = Sums({}, {})
    for those in alike.values():  # an app reads the same again and again
        entry, times = those[0], [one.time for one in those]
        newest = max([one.event_id for one in those])  # ids go with time
        day = DayKey(day_of(entry.time), entry.grant_id, entry.line)
        put(sums.days, day, Line(len(those), max([one.items for one in those]), max(times), newest))
        if entry.lets_out:
            under = TotalKey(entry.grant_id, entry.dataset, entry.fields)
            put(sums.totals, under, Total(len(those), min(times), max(times)))
    for key, total in list(sums.totals.items()):
        put(sums.totals, key._replace(grant_id=ALL), total)
    return sums


def put(sums: dict[KeyT, LineT], key: KeyT, more: LineT) -> None:
    """Add `more` to what stands under `key`."""
    found = sums.get(key)
    sums[key] = more if found is None else found.plus(more)


def day_of(moment: int) -> int:
    """The day of a moment in the summaries' zone, counted from 1970-01-01."""
    return _day_of_hour(moment // HOUR)


@lru_cache(4096)
def _day_of_hour(hour: int) -> int:
    return to_datetime(hour * HOUR).astimezone(ZONE).date().toordinal() - _UNIX


def bounds_of(day: int) -> tuple[int, int]:
    """The moments at which a day begins and the next one does, microseconds."""
    since, until = (datetime.combine(date_of(one), time(), ZONE).timestamp() for one in (day, day + 1))
    return int(since) * SECOND, int(until) * SECOND


def number_of(day: date) -> int:
    """The number of a calendar date."""
    return day.toordinal() - _UNIX


def date_of(day: int) -> date:
    """The calendar date of a day."""
    return date.fromordinal(day + _UNIX)
