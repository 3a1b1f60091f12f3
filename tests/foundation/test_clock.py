"""Time is an argument, in microseconds; the machine's own never runs backwards."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.clock import DAY, HOUR, MINUTE, SECOND, FrozenClock, SystemClock, to_datetime, to_seconds

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LAST = datetime.max.replace(tzinfo=UTC)


def test_units():
    assert (SECOND, MINUTE, HOUR, DAY) == (10**6, 60 * 10**6, 3600 * 10**6, 86400 * 10**6)


def test_the_machines_clock_tells_the_time():
    before = time.time()
    now = SystemClock().now()
    assert before - 0.001 <= now / SECOND <= time.time() + 0.001


def test_a_clock_stepping_back_is_held_until_the_machine_catches_up(monkeypatch: pytest.MonkeyPatch):
    machine = [5_000_000, 7_000_000, 3_000_000, 6_999_999, 7_000_001, 0, 9_000_000]
    monkeypatch.setattr(time, "time_ns", iter([micro * 1000 for micro in machine]).__next__)
    clock = SystemClock()
    assert [clock.now() for _ in machine] == [
        5_000_000,
        7_000_000,
        7_000_000,
        7_000_000,
        7_000_001,
        7_000_001,
        9_000_000,
    ]


def test_a_frozen_clock_moves_when_told():
    clock = FrozenClock(10)
    assert [clock.now(), clock.now()] == [10, 10]
    clock.advance(DAY)
    assert clock.now() == 10 + DAY


@given(st.integers(min_value=0, max_value=(LAST - EPOCH) // timedelta(microseconds=1)))
def test_a_stored_time_is_a_date_to_the_microsecond(stored: int):
    found = to_datetime(stored)
    assert found.tzinfo is UTC
    assert (found - EPOCH) // timedelta(microseconds=1) == stored
    assert to_seconds(stored) == stored // 10**6 == int(found.replace(microsecond=0).timestamp())


def test_the_last_moment_of_the_year_9999_is_not_rounded_into_the_next():
    assert to_datetime(253_402_300_799_999_999) == LAST
