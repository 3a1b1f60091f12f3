"""The period that the employers' contracts are asked for: two dates, at most two years apart."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from foundation.errors import AccordError
from foundation.web.forms import Form

START, END = "dateDebutPeriode", "dateFinPeriode"
MOST_YEARS = 2
_DAY = re.compile(r"[0-9]{8}", re.ASCII)
_HOURS = re.compile(r"[0-9]{1,6}", re.ASCII)


class Period(NamedTuple):
    """What is asked: days as Accord writes them, both included. nature, hours: filters, None for any."""

    start: str
    end: str
    nature: str | None
    hours: int | None

    def holds(self, contract: Mapping[str, Any]) -> bool:
        """Whether a contract touches the period and passes the filters.

        One whose start nobody knows is in every period: leaving it out would say that it never was. A year
        or a month counts from its first day to its last.
        """
        start, end = contract.get("start"), contract.get("end")
        if start is not None and start > self.end:
            return False
        if end is not None and end < self.start[: len(end)]:
            return False
        if self.nature is not None and contract.get("nature") != self.nature:
            return False
        return self.hours is None or (contract.get("hours") or 0) >= self.hours


def read_period(query: Form) -> Period:
    """The period of a query. Raises AccordError `invalid_period` naming what is wrong."""
    start, end = _day(query, START), _day(query, END)
    if end < start:
        raise _wrong(f"{END} is before {START}.")
    if end > _years_later(start):
        raise _wrong(f"From {START} to {END} there are more than {MOST_YEARS} years: ask in several calls.")
    unit = query.single("uniteDureeTravail")
    if unit not in {"", "h"}:
        raise _wrong("uniteDureeTravail is h.")
    hours = query.single("dureeTravailMin")
    if hours and not _HOURS.fullmatch(hours):
        raise _wrong("dureeTravailMin is a number of hours.")
    nature = query.single("natureContrat") or None
    return Period(start.isoformat(), end.isoformat(), nature, int(hours) if hours else None)


def _day(query: Form, name: str) -> date:
    text = query.single(name)
    if not text:
        raise _wrong(f"{name} is missing: a day as YYYYMMDD.")
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:])) if _DAY.fullmatch(text) else _no_day()
    except ValueError:
        raise _wrong(f"{name} is a day as YYYYMMDD.") from None


def _no_day() -> date:
    raise ValueError


def _years_later(day: date) -> date:
    if day.year + MOST_YEARS > date.max.year:
        return date.max
    try:
        return day.replace(year=day.year + MOST_YEARS)
    except ValueError:  # 29 February
        return day.replace(year=day.year + MOST_YEARS, day=28)


def _wrong(description: str) -> AccordError:
    return AccordError("invalid_period", description)
