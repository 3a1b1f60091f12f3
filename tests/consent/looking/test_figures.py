"""Figures as pure functions: what an entry adds, columns of a period, spikes, geometry."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.looking.charts import HEIGHT, WIDTH, draw, share
from consent.looking.counting import DELAYS, LONGER, Entry, add_up, delay_name
from consent.looking.figures import PERIODS, Count, columns
from consent.looking.flags import USUAL_DAYS, Spike, spikes_in
from foundation.clock import DAY, HOUR

NOW = 1_800_000_000_000_000
TODAY = 20_000


def entry(event="data.read", *, leaf=None, **changed):
    leaf = {"revision": 1, "facts": {"dataset": "skills"}} if leaf is None else leaf
    made = Entry(
        "e" * 32,
        NOW,
        event,
        "success",
        "coach",
        orjson.dumps(leaf).decode(),
        NOW - HOUR,
        2,
        None,
        "consent",
        9,
    )
    return made._replace(**changed)


def details(*entries):
    return {key.detail: times for key, times in add_up(entries).counts.items()}


def test_what_an_entry_adds():
    assert details(entry(), entry()) == {"skills": 2}
    assert details(entry("consent.revoked")) == {"day": 1}
    assert details(entry("consent.revoked", granted_at=None)) == {"": 1}
    assert details(entry("login.succeeded", client=None)) == {"": 1}
    for damaged in ("x", "[]", '{"facts":1}', '{"facts":{"dataset":1}}'):
        assert details(entry(leaf=None)._replace(leaf=damaged)) == {"": 1}


@pytest.mark.parametrize(
    ("revoked_at", "read_under", "flagged"),
    [
        (None, 9, False),
        (NOW, 1, False),
        (NOW, 2, True),
        (NOW, 3, True),
        (NOW, None, False),
        (NOW, "2", False),
    ],
)
def test_a_read_after_the_end_is_one_under_the_last_revision(revoked_at, read_under, flagged):
    sums = add_up([entry(leaf={"revision": read_under, "facts": {}}, revoked_at=revoked_at)])
    assert bool(sums.flagged) == flagged


def test_what_a_month_holds():
    sums = add_up([entry(), entry(log="security"), entry(time=NOW - 40 * DAY), entry("log.retired")])
    size = len(entry().leaf) + 9
    assert sums.held == {("consent", "2027-01"): 1, ("security", "2027-01"): 1, ("consent", "2026-12"): 1}
    assert sums.bytes == dict.fromkeys(sums.held, size)


def test_how_long_a_grant_lived():
    assert [delay_name(lived) for lived in (0, HOUR, 2 * DAY, 8 * DAY, 31 * DAY, 91 * DAY)] == [
        *DELAYS, LONGER
    ]  # fmt: skip


@given(
    st.sampled_from(sorted(PERIODS)),
    st.dictionaries(st.integers(TODAY - 400, TODAY + 2), st.integers(1, 9)),
)
def test_columns_are_the_period_whole(period, by_day):
    made = columns([Count(*pair) for pair in by_day.items()], TODAY, period)
    inside = [times for day, times in by_day.items() if TODAY - period < day <= TODAY]
    assert sum(column.times for column in made) == sum(inside)
    assert made[0].first == TODAY - period + 1
    assert made[-1].last == TODAY
    assert [one.last + 1 for one in made[:-1]] == [one.first for one in made[1:]]
    assert [one.open for one in made] == [False] * (len(made) - 1) + [True]


def test_a_spike_is_far_beyond_the_usual():
    usual = dict.fromkeys(range(TODAY - USUAL_DAYS - 1, TODAY), 50)
    assert spikes_in({"coach": usual | {TODAY: 199}}, TODAY) == []
    assert spikes_in({"coach": usual | {TODAY: 200}}, TODAY) == [Spike("coach", TODAY, 200, 50)]
    assert spikes_in({"new": {TODAY - 1: 99}}, TODAY) == []
    found = spikes_in({"new": {TODAY - 1: 100}, "big": {TODAY: 10**6}}, TODAY)
    assert [(one.client, one.usual) for one in found] == [("big", 0), ("new", 0)]


@given(st.lists(st.integers(0, 10**9), max_size=31), st.integers(0, 2))
def test_columns_stay_in_their_box(counts, opened):
    chart = draw(counts, opened=opened)
    for bar, count in zip(chart.bars, counts, strict=True):
        assert 0 <= bar.x <= bar.x + bar.width <= WIDTH + 0.2
        assert 0 <= bar.y <= bar.y + bar.height <= HEIGHT
        assert (bar.height > 0) == (count > 0)
    assert [bar.open for bar in chart.bars].count(True) == min(opened, len(counts))
    assert chart.peak is None or counts[chart.peak] == max(counts)
    assert [share(count, 4) for count in (0, 1, 4)] == [0, 25, 100]
