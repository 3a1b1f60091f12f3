"""Nonces: made of the time and of nothing else, good for five to ten minutes, on every node alike."""

from hypothesis import given
from hypothesis import strategies as st

from foundation.clock import SECOND
from idp.dpop.nonces import PERIOD, is_nonce, nonce_at
from tests.idp.tokens import altered

KEY, OTHER = b"k" * 32, b"o" * 32
MOMENTS = st.integers(0, 4_000_000_000 * SECOND)


@given(MOMENTS, st.integers(0, PERIOD))
def test_a_nonce_is_good_for_a_period_at_least(given_at: int, later: int):
    assert is_nonce(KEY, nonce_at(KEY, given_at), given_at + later)


@given(MOMENTS, st.integers(2 * PERIOD, 100 * PERIOD))
def test_and_for_two_at_most(given_at: int, later: int):
    assert not is_nonce(KEY, nonce_at(KEY, given_at), given_at + later)


@given(MOMENTS, st.integers(0, PERIOD - 1))
def test_a_node_whose_clock_runs_behind_knows_it_too(now: int, behind: int):
    assert is_nonce(KEY, nonce_at(KEY, now + behind), now)


@given(MOMENTS)
def test_another_servers_is_none(now: int):
    assert not is_nonce(KEY, nonce_at(OTHER, now), now)


@given(MOMENTS, st.integers(0, 42))
def test_an_altered_one_is_none(now: int, position: int):
    assert not is_nonce(KEY, altered(nonce_at(KEY, now), position), now)


@given(st.text(max_size=60), MOMENTS)
def test_no_text_is_one_by_chance(text: str, now: int):
    assert not is_nonce(KEY, text, now)
