"""When to try again: for any number of attempts, any spread, whatever a receiver asks."""

from hypothesis import given
from hypothesis import strategies as st

from foundation.clock import DAY
from idp.signals.backoff import FIRST, LONGEST, pause, wait

ATTEMPTS = st.integers(-5, 10**6)
SPREAD = st.floats(0, 1, exclude_max=True)


@given(ATTEMPTS, SPREAD)
def test_a_pause_is_never_too_short_nor_too_long(attempts: int, spread: float):
    assert FIRST // 2 <= pause(attempts, spread) <= LONGEST


@given(st.integers(1, 10**6), SPREAD, SPREAD)
def test_two_attempts_later_it_is_longer_whatever_the_spread(attempts: int, one: float, other: float):
    assert pause(attempts + 2, one) >= min(pause(attempts, other), LONGEST // 2)


@given(ATTEMPTS, SPREAD)
def test_the_spread_moves_it_by_half_at_most(attempts: int, spread: float):
    whole = pause(attempts, 0.0) * 2
    assert whole // 2 <= pause(attempts, spread) <= whole


@given(ATTEMPTS, SPREAD, st.integers(0, 30 * DAY))
def test_what_a_receiver_asks_is_heeded_within_reason(attempts: int, spread: float, asked: int):
    found = wait(attempts, spread, asked)
    assert found >= min(asked, LONGEST)
    assert found == max(pause(attempts, spread), min(asked, LONGEST))


def test_it_doubles():
    assert [pause(n, 0.0) * 2 // FIRST for n in range(1, 8)] == [1, 2, 4, 8, 16, 32, 64]
    assert pause(14, 0.0) * 2 == LONGEST
