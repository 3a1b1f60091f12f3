"""Adding up is the same in one go or in pieces, and takes nothing that is no entry."""

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.mirror.entries import ALL, Entry, add_up, date_of, day_of, put, read_entry
from foundation.clock import DAY, HOUR, MINUTE

START = 1_800_000_000_000_000
entries = st.lists(
    st.builds(
        Entry,
        st.integers(0, 10**6).map(lambda n: f"{n:032x}"),
        st.integers(START, START + 4 * DAY),
        st.sampled_from(["data.read", "consent.given"]),
        st.sampled_from(["a" * 32, "b" * 32]),
        st.sampled_from(["", "skills", "grant"]),
        st.sampled_from(["", "label", "label level"]),
        st.integers(0, 5),
    ),
    unique_by=lambda entry: entry.event_id,
)


def plain(sums):
    return [{key: value._asdict() for key, value in one.items()} for one in sums]


@given(entries, entries)
def test_pieces_add_up_to_the_whole(first, second):
    whole, sums = add_up([*first, *second]), add_up(first)
    for mine, more in zip(sums, add_up(second), strict=True):
        for key, value in more.items():
            put(mine, key, value)
    assert plain(sums) == plain(whole)


@given(entries)
def test_nothing_is_lost_and_all_together_is_the_sum_of_each(found):
    sums = add_up(found)
    assert sum(line.times for line in sums.days.values()) == len(found)
    out = sum(one.event == "data.read" and one.dataset == "skills" for one in found)
    assert sum(total.reads for key, total in sums.totals.items() if key.grant_id == ALL) == out
    assert sum(total.reads for key, total in sums.totals.items() if key.grant_id != ALL) == out


LEAF = {"time": START, "event": "data.read", "grant": "a" * 32,
        "facts": {"dataset": "skills", "fields": "label", "count": 2}}  # fmt: skip


def test_a_leaf_is_an_entry():
    assert read_entry("e", json.dumps(LEAF)) == Entry("e", START, "data.read", "a" * 32, "skills", "label", 2)
    assert read_entry("e", json.dumps(LEAF | {"event": "consent.given", "facts": {}})).line == "consent.given"


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "null", '{"v":1}', '"text"',
        json.dumps(LEAF | {"grant": None}),
        json.dumps(LEAF | {"time": "now"}),
        json.dumps(LEAF | {"time": 2**60}),
        json.dumps(LEAF | {"time": -1}),
        json.dumps(LEAF | {"facts": []}),
        json.dumps(LEAF | {"facts": {"dataset": 5}}),
        json.dumps(LEAF | {"facts": {"count": 2**40}}),
        json.dumps(LEAF | {"facts": {"count": -1}}),
        json.dumps(LEAF | {"event": "a\0b"}),
    ],
)  # fmt: skip
def test_what_is_no_entry_is_left_out(text):
    assert read_entry("e", text) is None


def test_days_turn_at_midnight_in_paris_summer_and_winter():
    assert date_of(day_of(0)) == date(1970, 1, 1)
    summer, winter = 1_783_029_600_000_000, 1_767_222_000_000_000  # midnights of 2026-07-03 and 2026-01-01
    for midnight, day in ((summer, date(2026, 7, 3)), (winter, date(2026, 1, 1))):
        assert date_of(day_of(midnight)) == day
        assert day_of(midnight - MINUTE) == day_of(midnight) - 1
        assert day_of(midnight + 23 * HOUR) == day_of(midnight)
