"""Who is under 15, on which day: in France, to the day, leap years included."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.people.ages import of_age_by_profile, plausible, read_day, still_minor, today, turns_of_age

BIRTHS = st.dates(date(1900, 1, 1), date(2080, 12, 31))


@given(BIRTHS)
def test_one_is_a_minor_until_the_birthday_and_not_a_day_longer(birth: date):
    day = turns_of_age(birth)
    assert still_minor(day, day - timedelta(1))
    assert not still_minor(day, day)
    assert day.year == birth.year + 15
    assert (day.month, day.day) in {(birth.month, birth.day), (3, 1)}
    assert not still_minor(None, birth)


@given(BIRTHS, BIRTHS)
def test_only_a_day_that_somebody_under_15_may_have_is_plausible(birth: date, day: date):
    turns = turns_of_age(birth)
    assert plausible(turns, day) == (birth <= day < turns) or (birth.month, birth.day) == (2, 29)


def test_born_on_29_february():
    assert turns_of_age(date(2012, 2, 29)) == date(2027, 3, 1)
    assert turns_of_age(date(1901, 2, 28)) == date(1916, 2, 28)


def test_the_day_is_france_s():
    late = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)  # past midnight in Paris
    assert today(int(late.timestamp() * 1_000_000)) == date(2026, 11, 23)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("15/03/2028", date(2028, 3, 15)),
        (" 5/3/2028 ", date(2028, 3, 5)),
        ("15.03.2028", date(2028, 3, 15)),
        ("2028-03-15", date(2028, 3, 15)),
        *((text, None) for text in ("", "2028", "31/02/2028", "15/03/28", "٣/٣/2028", "x" * 500, "20280315")),
    ],
)
def test_days_as_people_write_them(text: str, day: date | None):
    assert read_day(text) == day


def test_by_the_profile():
    assert of_age_by_profile({}) is None
    assert of_age_by_profile({"birthdate": []}) is None
    assert of_age_by_profile({"birthdate": [{"id": "b", "date": "2013-06-01"}]}) == date(2028, 6, 1)
