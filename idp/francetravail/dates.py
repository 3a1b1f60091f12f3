"""Dates as these payloads write them: an instant, midnight in Paris, of what Accord keeps as a day.

The offset is that of Paris on that very day, so that whoever reads the day in Paris, or cuts the text at the
T, has the day that was meant. A fixed offset would lose half of all birth dates to the day before.
"""

from datetime import date, datetime
from zoneinfo import ZoneInfo

_PARIS = ZoneInfo("Europe/Paris")


def midnight(day: str) -> str:
    """`1976-03-12` as `1976-03-12T00:00:00+01:00`; of `1976` or `1976-03`, the first day."""
    first = _first_day(day)
    offset = datetime(first.year, first.month, first.day, tzinfo=_PARIS).utcoffset()
    minutes = 0 if offset is None else int(offset.total_seconds()) // 60
    # Seconds of an offset (before 1911) have no place in RFC 3339; dropping them stays within the day.
    return f"{first.isoformat()}T00:00:00+{minutes // 60:02d}:{minutes % 60:02d}"


def compact(day: str) -> str:
    """`2013-03-11` as `20130311`; of a year or month, the first day."""
    return _first_day(day).strftime("%Y%m%d")


def months(start: str, end: str) -> int:
    """How many months two dates touch, both counted: 2014-01 to 2015-01 are 13."""
    first, last = _first_day(start), _first_day(end)
    return (last.year - first.year) * 12 + last.month - first.month + 1


def today(now: int) -> str:
    """The day in Paris, at `now` (microseconds), as Accord writes days."""
    return datetime.fromtimestamp(now / 1_000_000, _PARIS).date().isoformat()


def _first_day(day: str) -> date:
    return date.fromisoformat(day + "-01-01"[len(day) - 4 :])
