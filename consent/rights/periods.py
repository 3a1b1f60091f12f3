"""Limitation periods: calendar years, as the law counts them."""

from datetime import timedelta

from foundation.clock import DAY, to_datetime

_EPOCH = to_datetime(0)


def after_years(moment: int, years: int) -> int:
    """The same day of the year, `years` later (microseconds); of a 29 February, the day after the 28th."""
    then = to_datetime(moment)
    try:
        later = then.replace(year=then.year + years)
    except ValueError:
        later = then.replace(year=then.year + years, day=28) + timedelta(microseconds=DAY)
    return (later - _EPOCH) // timedelta(microseconds=1)
