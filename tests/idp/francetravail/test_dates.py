"""Dates: no birth date moves by a time zone, whichever way an app reads it."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from idp.francetravail.dates import compact, midnight, months, today

PARIS = ZoneInfo("Europe/Paris")


def test_every_day_from_1900_to_2100_is_read_back_as_itself_in_paris():
    day = date(1900, 1, 1)
    while day.year <= 2100:
        text = midnight(day.isoformat())
        assert text[:10] == day.isoformat()
        assert datetime.fromisoformat(text).astimezone(PARIS).date() == day, text
        day += timedelta(1)


@pytest.mark.parametrize(
    ("day", "text"),
    [
        ("1976-03-12", "1976-03-12T00:00:00+01:00"),
        ("1991-04-23", "1991-04-23T00:00:00+02:00"),
        ("2014-01", "2014-01-01T00:00:00+01:00"),
        ("2011", "2011-01-01T00:00:00+01:00"),
        ("1905-07-01", "1905-07-01T00:00:00+00:09"),
    ],
)
def test_midnight_in_paris(day: str, text: str):
    assert midnight(day) == text


def test_other_writings():
    assert compact("2013-03-11") == "20130311"
    assert compact("2013") == "20130101"
    assert (months("2014-01", "2015-01"), months("2014", "2014-01-31")) == (13, 1)
    assert today(1_767_222_000_000_000) == "2026-01-01"  # 23:00 UTC of the day before
