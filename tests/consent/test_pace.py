"""A promise holds for any stretch of time: against every read that was let through, written down in full."""

from hypothesis import given
from hypothesis import strategies as st

from consent.limits import MOST_READS, Frequency
from consent.pace import MARKS, Full, Mark, Taken, pack, take, unpack
from foundation.clock import DAY, HOUR, MINUTE, SECOND

MORNING = 20_000 * DAY
gaps = st.sampled_from([0, 1, SECOND, 7 * MINUTE, HOUR, 5 * HOUR, DAY - 1, DAY, DAY + 1])
small = st.builds(Frequency, st.integers(1, 5), st.sampled_from(["day", "week"]))
large = st.builds(Frequency, st.integers(MARKS + 1, MARKS * 3), st.just("day"))


def tried(frequency: Frequency, moments: list[int]) -> tuple[list[int], list[tuple[int, int]]]:
    """When it was let through, and when it was not with what it was told."""
    marks: list[Mark] = []
    let, held = [], []
    for now in moments:
        found = take(unpack(pack(marks)), frequency, now)
        if isinstance(found, Full):
            held.append((now, found.until))
        else:
            marks = found.marks
            let.append(now)
        assert len(marks) <= MARKS + 2
    return let, held


def moments_of(steps: list[int]) -> list[int]:
    moments = [MORNING]
    for step in steps:
        moments.append(moments[-1] + step)
    return moments


@given(small, st.lists(gaps, max_size=60))
def test_few_reads_are_counted_one_by_one(frequency: Frequency, steps: list[int]) -> None:
    let, held = tried(frequency, moments_of(steps))
    wanted: list[int] = []
    waits: list[tuple[int, int]] = []
    for now in moments_of(steps):
        lately = [one for one in wanted if now - one < frequency.window]
        if len(lately) < frequency.reads:
            wanted.append(now)
        else:
            waits.append((now, lately[-frequency.reads] + frequency.window))
    assert (let, held) == (wanted, waits)


@given(large, st.lists(st.sampled_from([0, SECOND, 3 * MINUTE, 20 * MINUTE, 9 * HOUR]), max_size=400))
def test_many_reads_never_break_the_promise(frequency: Frequency, steps: list[int]) -> None:
    let, held = tried(frequency, moments_of(steps))
    window, slice_ = frequency.window, frequency.window // MARKS
    for first in let:
        assert sum(first <= one < first + window for one in let) <= frequency.reads
    for now, until in held:
        assert now < until <= now + window
        # Exactly counted, it would be free no more than a slice sooner.
        lately = [one for one in let if one <= now and now - one < window + slice_]
        assert len(lately) >= frequency.reads


@given(st.one_of(small, large), st.lists(gaps, max_size=200))
def test_a_read_at_the_moment_that_was_told_is_let_through(frequency: Frequency, steps: list[int]) -> None:
    marks: list[Mark] = []
    for now in moments_of(steps):
        found = take(marks, frequency, now)
        if isinstance(found, Full):
            assert isinstance(take(marks, frequency, found.until - 1), Full)
            assert isinstance(take(marks, frequency, found.until), Taken)
        else:
            marks = found.marks


def test_midnight_opens_nothing() -> None:
    once = Frequency(1, "day")
    let, held = tried(once, [MORNING - MINUTE, MORNING + MINUTE, MORNING + DAY - MINUTE])
    assert let == [MORNING - MINUTE, MORNING + DAY - MINUTE]
    assert held == [(MORNING + MINUTE, MORNING + DAY - MINUTE)]


def test_a_clock_that_stands_behind_gains_nothing() -> None:
    once = Frequency(1, "day")
    found = take([Mark(MORNING, 1)], once, MORNING - 3 * SECOND)
    assert found == Full(MORNING + DAY)


def test_a_promise_that_changed_counts_what_is_remembered() -> None:
    marks = [Mark(MORNING + number * HOUR, 1) for number in range(5)]
    now = MORNING + 5 * HOUR
    assert take(marks, Frequency(2, "day"), now) == Full(MORNING + 3 * HOUR + DAY)
    assert isinstance(take(marks, Frequency(6, "week"), now), Taken)


def test_a_row_stays_small() -> None:
    busy = Frequency(MOST_READS, "day")
    marks: list[Mark] = []
    for number in range(3_000):
        found = take(marks, busy, MORNING + number * MINUTE)
        assert isinstance(found, Taken)
        marks = found.marks
    assert len(pack(marks)) <= 12 * (MARKS + 2)
    assert unpack(pack(marks)) == marks
