"""The life of a key, over every order of times."""

from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.clock import DAY, MINUTE, SECOND
from foundation.settings import Settings
from idp.clients.metadata import ClientMetadata
from keys.lifecycle import (
    CLOCKS_DIFFER,
    JWKS_MAX_AGE,
    PUBLISHED_AFTER_RETIREMENT,
    PUBLISHED_BEFORE_USE,
    KeyState,
    is_dated_ahead,
    is_old,
    is_published,
    state_of,
)


class Times(NamedTuple):
    staged_at: int = 0
    activated_at: int | None = None
    retired_at: int | None = None
    revoked_at: int | None = None


ORDER = list(KeyState)
MOMENTS = st.integers(0, 10 * DAY)


@st.composite
def lives(draw: st.DrawFn) -> Times:
    staged = draw(MOMENTS)
    activated = draw(st.none() | st.integers(staged, 10 * DAY))
    retired = None if activated is None else draw(st.none() | st.integers(activated, 10 * DAY))
    return Times(staged, activated, retired, draw(st.none() | MOMENTS))


@given(lives(), MOMENTS)
def test_the_state_is_read_off_the_times(key: Times, now: int) -> None:
    state = state_of(key, now)
    if key.revoked_at is not None:
        assert state is KeyState.REVOKED
    elif key.retired_at is not None:
        assert state is (KeyState.RETIRED if key.retired_at > now - 2 * DAY else KeyState.GONE)
    elif key.activated_at is not None:
        assert state is KeyState.ACTIVE
    else:
        everywhere = now - key.staged_at >= PUBLISHED_BEFORE_USE
        assert state is (KeyState.ANNOUNCED if everywhere else KeyState.STAGED)


@given(lives(), MOMENTS)
def test_a_key_is_published_from_its_staging_until_long_after_its_last_signature(
    key: Times, now: int
) -> None:
    signed_until = now if key.retired_at is None else key.retired_at
    recent = now < signed_until + PUBLISHED_AFTER_RETIREMENT
    assert is_published(key, now) == (recent and key.revoked_at is None)


@given(lives(), MOMENTS, MOMENTS)
def test_time_only_moves_a_key_forward(key: Times, now: int, later: int) -> None:
    assert ORDER.index(state_of(key, now)) <= ORDER.index(state_of(key, now + later))


def test_an_announced_key_is_in_every_set_that_may_still_be_held() -> None:
    assert PUBLISHED_BEFORE_USE >= JWKS_MAX_AGE + MINUTE


def test_a_retired_key_outlives_everything_that_it_signed() -> None:
    """Access tokens, whatever an operator or an app's registration asks for; ID tokens live minutes."""
    limits = [
        constraint.le
        for fields in (Settings.model_fields, ClientMetadata.model_fields)
        for name, field in fields.items()
        if name in {"access_token_seconds", "id_token_seconds"}
        for constraint in field.metadata
        if hasattr(constraint, "le")
    ]
    assert len(limits) >= 2
    assert max(limits) * SECOND + JWKS_MAX_AGE < PUBLISHED_AFTER_RETIREMENT


@pytest.mark.parametrize(
    ("activated", "every", "now", "old"),
    [(0, DAY, DAY - 1, False), (0, DAY, DAY, True), (0, 0, 400 * DAY, False), (None, DAY, 9 * DAY, False)],
)
def test_a_key_is_old_when_it_has_signed_for_its_time(
    activated: int | None, every: int, now: int, *, old: bool
) -> None:
    assert is_old(Times(0, activated), every, now) is old


def test_a_date_that_no_clock_can_have_shown_yet_is_told_from_clocks_that_differ() -> None:
    now = DAY
    for ahead, wrong in ((0, False), (CLOCKS_DIFFER, False), (CLOCKS_DIFFER + 1, True)):
        for key in (Times(now + ahead), Times(0, now + ahead), Times(0, 1, now + ahead)):
            assert is_dated_ahead(key, now) is wrong
