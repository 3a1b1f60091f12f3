"""The life of a key: three times, four states, and a published key in all but the last."""

import itertools
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from foundation.clock import DAY
from keys.lifecycle import PUBLISHED_AFTER_RETIREMENT, KeyState, is_published, state_of


class Times(NamedTuple):
    activated_at: int | None
    retired_at: int | None


MOMENTS = st.none() | st.integers(0, 10**16)
ORDER = [KeyState.STAGED, KeyState.ACTIVE, KeyState.RETIRING, KeyState.GONE]


def test_every_state_is_read_off_the_times() -> None:
    now = 100 * DAY
    for activated, retired in itertools.product(
        (None, 1, now), (None, 1, now - 2 * DAY, now - 2 * DAY + 1, now)
    ):
        state = state_of(Times(activated, retired), now)
        if retired is not None:
            assert state is (KeyState.RETIRING if retired > now - 2 * DAY else KeyState.GONE)
        else:
            assert state is (KeyState.STAGED if activated is None else KeyState.ACTIVE)


@given(MOMENTS, MOMENTS, st.integers(0, 10**16))
def test_a_key_is_published_from_its_staging_until_long_after_its_last_signature(
    activated: int | None, retired: int | None, now: int
) -> None:
    key = Times(activated, retired)
    assert is_published(key, now) == (state_of(key, now) is not KeyState.GONE)
    if state_of(key, now) in {KeyState.STAGED, KeyState.ACTIVE}:
        assert is_published(key, now)
    if retired is not None and now < retired + PUBLISHED_AFTER_RETIREMENT:
        assert is_published(key, now)


@given(MOMENTS, MOMENTS, st.integers(0, 10**15), st.integers(0, 10**15))
def test_time_alone_only_moves_a_key_towards_its_end(
    activated: int | None, retired: int | None, now: int, later: int
) -> None:
    key = Times(activated, retired)
    assert ORDER.index(state_of(key, now)) <= ORDER.index(state_of(key, now + later))


def test_a_retired_key_outlives_everything_it_signed() -> None:
    assert PUBLISHED_AFTER_RETIREMENT > DAY  # access tokens live an hour at most, ID tokens five minutes
