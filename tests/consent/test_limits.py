import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.limits import (
    Frequency,
    days_of,
    frequency_to_json,
    is_duration,
    lifetime,
    offered,
    read_frequency,
    within,
)
from foundation.clock import DAY, HOUR, MINUTE

PERIODS = st.sampled_from(["day", "week", "month"])
FREQUENCIES = st.builds(Frequency, st.integers(1, 300), PERIODS)


def test_durations_are_once_or_days_up_to_a_year():
    assert [days_of(one) for one in ("once", "1d", "30d", "365d")] == [0, 1, 30, 365]
    assert lifetime("180d") == 180 * DAY
    assert lifetime("once") == 10 * MINUTE
    for text in ("", "0d", "366d", "1000d", "030d", "-1d", "30", "d", "once ", "30d\n", "٣d", "1.5d"):
        assert not is_duration(text), text
        with pytest.raises(ValueError, match="365d"):
            lifetime(text)


def test_nobody_is_offered_to_share_for_longer_than_was_asked():
    assert offered("once") == ("once",)
    assert offered("30d") == ("once", "30d")
    assert offered(None) == offered("180d") == ("once", "30d", "180d")
    assert offered("90d") == ("once", "30d", "90d")
    assert offered("365d") == ("once", "30d", "180d", "365d")
    assert offered("7d") == ("once", "7d")


@pytest.mark.parametrize(("reads", "per"), [(0, "day"), (-1, "day"), (10_001, "week"), (1, "hour"), (1, "")])
def test_what_is_no_frequency(reads, per):
    with pytest.raises(ValueError, match="frequency"):
        Frequency(reads, per)


def test_no_limit_is_the_widest():
    assert within(Frequency(5, "day"), None)
    assert within(None, None)
    assert not within(None, Frequency(5, "day"))


@pytest.mark.parametrize(
    ("asked", "agreed", "narrower"),
    [
        (Frequency(5, "day"), Frequency(5, "day"), True),
        (Frequency(6, "day"), Frequency(5, "day"), False),
        (Frequency(5, "month"), Frequency(5, "day"), True),
        (Frequency(6, "week"), Frequency(5, "day"), False),  # all six may come in one day
        (Frequency(1, "day"), Frequency(8, "week"), True),
        (Frequency(1, "day"), Frequency(7, "week"), True),
        (Frequency(1, "day"), Frequency(6, "week"), False),
        (Frequency(1, "week"), Frequency(4, "month"), False),  # thirty days hold the ends of five weeks
    ],
)
def test_reading_less_often(asked, agreed, narrower):
    assert within(asked, agreed) is narrower


@given(st.builds(Frequency, st.integers(1, 12), PERIODS), FREQUENCIES, st.integers(1, 40 * 24))
def test_what_is_within_never_lets_more_through(asked, agreed, pause):
    """An app that tries every hour, and rests for a while, gets no more than the wider promise says."""
    if not within(asked, agreed):
        return
    let: list[int] = []
    for moment in (hour * HOUR for hour in range(80 * 24) if not pause <= hour < pause + 30):
        if sum(one + asked.window > moment for one in let) < asked.reads:
            let.append(moment)
    assert all(sum(first <= one < first + agreed.window for one in let) <= agreed.reads for first in let)


@given(st.none() | FREQUENCIES)
def test_a_frequency_is_read_as_written(frequency):
    assert read_frequency(frequency_to_json(frequency)) == frequency
    assert read_frequency(None) is None
