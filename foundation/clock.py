"""Time, as an argument.

One unit everywhere: integer microseconds since 1970-01-01T00:00:00Z. It fits BIGINT, sorts, and needs no
conversion on a hot path. Rules take `now` as an argument; only edges hold a `Clock`.
"""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST = 253_402_300_799 * SECOND


class Clock(Protocol):
    """Where an edge takes the time from."""

    def now(self) -> int:
        """Microseconds since the epoch."""
        ...


class SystemClock:
    """The machine's clock, which never goes backwards within a process.

    A step back (NTP, a suspended virtual machine) would make a fresh token look issued in the future and
    an id sort before one made earlier; so the last value is held until the machine catches up.
    """

    def __init__(self) -> None:
        self._last = 0

    def now(self) -> int:
        current = time.time_ns() // 1000
        if current <= self._last:
            return self._last
        self._last = current
        return current


class FrozenClock:
    """A clock for tests and rehearsals: it moves only when told to."""

    def __init__(self, now: int = 1_800_000_000 * SECOND) -> None:
        self.value = now

    def now(self) -> int:
        return self.value

    def advance(self, microseconds: int) -> None:
        self.value += microseconds


def to_datetime(microseconds: int) -> datetime:
    """The aware UTC datetime of a stored time."""
    return _EPOCH + timedelta(microseconds=microseconds)


def to_seconds(microseconds: int) -> int:
    """Whole seconds, as JWT NumericDate wants them (RFC 7519 section 2)."""
    return microseconds // SECOND


def month_of(microseconds: int) -> str:
    """The calendar month (UTC) of a stored time, such as "2026-11"; past all calendars, their last."""
    return f"{to_datetime(min(microseconds, _LAST)):%Y-%m}"


def month_start(month: str, later: int = 0) -> int:
    """When a calendar month begins (UTC), or the month so many after it; microseconds."""
    year, number = divmod(int(month[:4]) * 12 + int(month[5:]) - 1 + later, 12)
    return (datetime(year, number + 1, 1, tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1)
