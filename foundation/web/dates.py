"""How a moment reads: in the reader's language and zone."""

import re
from datetime import UTC, date, datetime, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale
from babel.dates import format_date, format_time

from foundation.clock import to_datetime

DEFAULT_ZONE = "Europe/Paris"
_FIRST = re.compile(r"\b1\b")
_NO_PLACES = {"Factory", "localtime"}  # a clock that nobody set, and this machine's own


@cache
def zones() -> frozenset[str]:
    """Every zone the machine knows, read once; a hostile name never reaches the file system."""
    return frozenset(available_timezones() - _NO_PLACES)


def zone_of(name: str | None) -> tzinfo:
    """The zone of an IANA name from hostile text; Europe/Paris for anything else."""
    if name and name in zones():
        return ZoneInfo(name)
    return ZoneInfo(DEFAULT_ZONE) if DEFAULT_ZONE in zones() else UTC


def city_of(zone: str, locale: Locale) -> str:
    """Where the clock of an IANA zone hangs, as in "Bruxelles" for Europe/Brussels."""
    city = locale.time_zones.get(zone, {}).get("city")
    return str(city or zone.rpartition("/")[2].replace("_", " "))


class Dates:
    """Moments (microseconds since the epoch) as text, for one reader.

    told_hours: whether one was told without its zone, which the foot of the page then names.
    """

    def __init__(self, locale: Locale, zone: tzinfo) -> None:
        self._locale = locale
        self.zone = zone
        self.told_hours = False

    def local(self, moment: int) -> datetime:
        """The moment on the reader's clock."""
        return to_datetime(moment).astimezone(self.zone)

    def day(self, moment: int) -> str:
        """As in "12 novembre 2026"."""
        return self.calendar_day(self.local(moment).date())

    def calendar_day(self, day: date) -> str:
        """A date that has no time and so no zone, such as a birth date."""
        return self._first(day, format_date(day, "long", locale=self._locale))

    def weekday(self, moment: int) -> str:
        """As in "dimanche 22 novembre 2026"."""
        day = self.local(moment).date()
        return self._first(day, format_date(day, "full", locale=self._locale))

    def time(self, moment: int) -> str:
        """As in "09:42"."""
        self.told_hours = True
        return format_time(self.local(moment).time(), "short", locale=self._locale)

    def exact(self, moment: int) -> str:
        """To the second, with the zone, as in "22/11/2026 09:42:07 CET"; for journals and proofs."""
        local = self.local(moment)
        return f"{format_date(local.date(), 'short', locale=self._locale)} {local:%H:%M:%S %Z}"

    def place(self) -> str:
        """Where the clock of `zone` hangs, as in "Paris"."""
        return city_of(str(self.zone), self._locale)

    def _first(self, day: date, text: str) -> str:
        """French writes the first day of a month "1er", which the tables of Unicode leave out."""
        return _FIRST.sub("1er", text, 1) if day.day == 1 and self._locale.language == "fr" else text

    def days_between(self, earlier: int, later: int) -> int:
        """How many midnights of the reader's zone lie between two moments."""
        return (self.local(later).date() - self.local(earlier).date()).days
