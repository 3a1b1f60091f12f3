"""For how long and how often: the limits in time that a choice sets, as codes, and what they allow.

A duration is "once" or a number of days ("30d"). A frequency is a promise of the app that the data API
enforces: so many reads of each dataset in a window of time.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

from foundation.clock import DAY, MINUTE

Duration = str  # "once", or "<n>d" with 1 <= n <= LONGEST_DAYS
Period = Literal["day", "week", "month"]

ONCE: Duration = "once"
OFFERED: tuple[Duration, ...] = (ONCE, "30d", "180d")  # on every form, in this order
LONGEST_DAYS = 365
MOST_READS = 10_000
# "once" ends with the access token of its one redemption; until then it waits this long for the app to come.
_WAIT = 10 * MINUTE
_DAYS = re.compile(r"([1-9][0-9]{0,2})d", re.ASCII)
# Windows of a fixed length: a month of the calendar would be 28 days to one person and 31 to another.
WINDOWS: Mapping[Period, int] = MappingProxyType({"day": DAY, "week": 7 * DAY, "month": 30 * DAY})


def days_of(duration: Duration) -> int:
    """How many days a duration lasts; 0 for "once". Raises ValueError for what is no duration."""
    if duration == ONCE:
        return 0
    found = _DAYS.fullmatch(duration)
    days = int(found[1]) if found else 0
    if not 1 <= days <= LONGEST_DAYS:
        raise ValueError("a duration is once, or 1d to 365d")
    return days


def is_duration(text: str) -> bool:
    """Whether `text` is a duration that a grant may have."""
    try:
        days_of(text)
    except ValueError:
        return False
    return True


def lifetime(duration: Duration) -> int:
    """How long a grant lives from its acceptance, in microseconds. Raises ValueError as `days_of`."""
    return days_of(duration) * DAY or _WAIT


def offered(proposed: Duration | None) -> tuple[Duration, ...]:
    """The durations to choose among, shortest first.

    The usual ones; where a request proposed one, that one and those that are shorter: nobody is offered to
    share for longer than she was asked to.
    """
    if proposed is None:
        return OFFERED
    usual = {one for one in OFFERED if days_of(one) <= days_of(proposed)}
    return tuple(sorted({*usual, proposed}, key=days_of))


@dataclass(frozen=True, slots=True)
class Frequency:
    """At most `reads` reads of each dataset in any stretch of time as long as a window (`WINDOWS`)."""

    reads: int
    per: Period

    def __post_init__(self) -> None:
        if self.per not in WINDOWS or not 1 <= self.reads <= MOST_READS:
            raise ValueError(f"a frequency is 1 to {MOST_READS} reads per day, week or month")

    @property
    def window(self) -> int:
        """Length of the window, microseconds."""
        return WINDOWS[self.per]


def within(asked: Frequency | None, agreed: Frequency | None) -> bool:
    """Whether `asked` never allows more than `agreed`; None is no limit.

    Where the windows differ, so many short ones cover the long one.
    """
    if agreed is None or asked is None:
        return agreed is None
    if asked.window >= agreed.window:
        return asked.reads <= agreed.reads
    covering = -(-agreed.window // asked.window)
    return asked.reads * covering <= agreed.reads


def frequency_to_json(frequency: Frequency | None) -> dict[str, Any]:
    """As requests, grants and records write it; both null for no limit."""
    if frequency is None:
        return {"reads": None, "per": None}
    return {"reads": frequency.reads, "per": frequency.per}


def read_frequency(document: Mapping[str, Any] | None) -> Frequency | None:
    """What `frequency_to_json` wrote; None for a document from before there were limits."""
    if not document or document["reads"] is None:
        return None
    return Frequency(document["reads"], document["per"])
