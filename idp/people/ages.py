"""Who is under 15, and until when: below that age a person does not consent alone (GDPR art. 8, LIL art. 45).

No birth date is asked or kept for it: the day she turns 15 is, sealed under her own key, and only until then.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from foundation.clock import to_datetime

AGE = 15
_PARIS = ZoneInfo(
    "Europe/Paris"
)  # the law that sets the age is France's; so is the day on which it is reached
_TYPED = re.compile(r"(\d{1,2})[/. -](\d{1,2})[/. -](\d{4})", re.ASCII)


def today(now: int) -> date:
    """The day in France. now: microseconds."""
    moment: datetime = to_datetime(now)
    return moment.astimezone(_PARIS).date()


def turns_of_age(birth: date) -> date:
    """The day on which someone born on `birth` turns 15; the day after 28 February where there is no 29th."""
    try:
        return birth.replace(year=birth.year + AGE)
    except ValueError:
        return date(birth.year + AGE, 3, 1)


def still_minor(of_age_on: date | None, day: date) -> bool:
    """Whether she is under 15 on a day. of_age_on: None for somebody of age."""
    return of_age_on is not None and day < of_age_on


def read_day(text: str) -> date | None:
    """A day as people write it ("15/03/2028") or as forms do ("2028-03-15"); None for what is no day."""
    found = _TYPED.fullmatch(text.strip())
    try:
        if found:
            return date(int(found[3]), int(found[2]), int(found[1]))
        return date.fromisoformat(text.strip()) if len(text.strip()) == 10 else None
    except ValueError:
        return None


def plausible(of_age_on: date, day: date) -> bool:
    """Whether someone alive on `day`, and under 15, may turn 15 then."""
    return day < of_age_on <= turns_of_age(day)


def of_age_by_profile(shelf: Mapping[str, Sequence[Mapping[str, Any]]]) -> date | None:
    """The day on which she turns 15 by the birth date in her profile; None where there is none.

    shelf: her items by dataset.
    """
    for item in shelf.get("birthdate", ()):
        born = read_day(str(item["date"]))
        return None if born is None else turns_of_age(born)
    return None
