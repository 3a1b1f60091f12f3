"""What state a request is in, and who may do what about it: a function of the row and the moment."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.clock import DAY, HOUR
from idp.unmasking.life import (
    HOURS,
    NOBODY,
    QUIET_DAYS,
    Unmask,
    Wish,
    may_decide,
    may_look,
    state_of,
    tell_after,
    wrong_in,
)

NOW = 1_800_000_000_000_000
ROW = Unmask(
    "0" * 32, "asker", "p-" + "A" * 22, "1" * 32, b"", 4, 0,
    None, None, None, NOW + HOUR, None, "", 0, None, None, None,
)  # fmt: skip
GOOD = Wish("p-" + "A" * 22, "une plainte a été reçue", "2026-117", 4, 0)


@pytest.mark.parametrize(
    ("changed", "state"),
    [
        ({}, "asked"),
        ({"expires_at": NOW}, "lapsed"),
        ({"ended_at": NOW - 1}, "lapsed"),
        ({"decision": "refused", "ended_at": NOW}, "refused"),
        ({"decision": "refused", "expires_at": 0}, "refused"),
        ({"decision": "approved"}, "searching"),
        ({"decision": "approved", "walked_to": NOBODY}, "unknown"),
        ({"decision": "approved", "person_id": "her"}, "open"),
        ({"decision": "approved", "person_id": "her", "expires_at": NOW}, "over"),
        ({"decision": "approved", "person_id": "her", "ended_at": NOW - DAY}, "over"),
    ],
)
def test_states(changed, state):
    assert state_of(ROW._replace(**changed), NOW) == state


ROWS = st.builds(
    lambda decision, person, ended, expires, walked: ROW._replace(
        decision=decision, person_id=person, ended_at=ended, expires_at=expires, walked_to=walked
    ),
    st.sampled_from([None, "approved", "refused"]),
    st.sampled_from([None, "her"]),
    st.sampled_from([None, NOW - 1]),
    st.integers(NOW - 2, NOW + 2),
    st.sampled_from(["", NOBODY]),
)


@given(ROWS, st.sampled_from(["asker", "other"]))
def test_nobody_does_both_and_only_in_time(row, who):
    """Whoever may look asked it, and somebody else said yes; whoever may decide did not ask."""
    if may_look(row, who, NOW):
        assert who == "asker"
        assert row.decision == "approved"
        assert row.expires_at > NOW
        assert not may_decide(row, who, NOW)
    if may_decide(row, who, NOW):
        assert who == "other"
        assert row.decision is None


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({}, []),
        ({"pseudonym": "amina@example.org"}, ["person"]),
        ({"pseudonym": "p-" + "A" * 23}, ["person"]),
        ({"reason": "x"}, ["reason"]),
        ({"reason": "x" * 1001, "case": ""}, ["reason", "case"]),
        ({"case": "x" * 101}, ["case"]),
        ({"hours": 48}, ["hours"]),
        ({"quiet_days": 9999, "hours": -1}, ["hours", "quiet"]),
    ],
)
def test_what_may_be_asked(changed, wrong):
    assert wrong_in(GOOD._replace(**changed)) == wrong


def test_no_more_than_a_day_and_never_secret_for_ever():
    assert max(HOURS) == 24
    assert max(QUIET_DAYS) == 365
    seen = ROW._replace(decision="approved", person_id="her", looks=1, quiet_days=90)
    assert tell_after(seen) == seen.expires_at + 90 * DAY
    assert tell_after(seen._replace(looks=0)) is None
    assert tell_after(seen._replace(person_id=None)) is None
