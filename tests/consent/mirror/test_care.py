"""What is due at a moment: the rules of silence, of the end, of reminders; over random lives too."""

from hypothesis import given
from hypothesis import strategies as st

from consent.mirror.care import ANNOUNCE, PAUSE, REMIND, Cared, due
from consent.mirror.reflection import IDLE
from foundation.clock import DAY, HOUR

START = 1_000 * DAY
FRESH = Cared(START, START + 180 * DAY, False, START, {"skills": START, "*": START}, frozenset(), None, None)


def test_a_fresh_grant_is_looked_at_when_its_silence_is_long():
    found = due(FRESH, START)
    assert (found.actions, found.due_at) == ((), START + IDLE)


def test_sixty_days_suggest_once_and_ninety_pause():
    at_sixty = due(FRESH, START + IDLE)
    assert at_sixty.actions == ("suggest",)
    assert at_sixty.due_at == START + PAUSE
    told = FRESH._replace(suggested=at_sixty.suggested)
    assert due(told, START + IDLE + DAY).actions == ()
    assert due(told, START + PAUSE).actions == ("pause", "remind")


def test_a_scope_that_is_used_again_may_be_suggested_again():
    told = FRESH._replace(
        used_at=START + 70 * DAY, quiet={"skills": START + 70 * DAY}, suggested=frozenset({"skills"})
    )
    found = due(told, START + 71 * DAY)
    assert (found.actions, found.suggested) == ((), frozenset())
    again = told._replace(suggested=frozenset(), expires_at=START + 365 * DAY, reminded_at=START + 100 * DAY)
    assert due(again, START + 130 * DAY).actions == ("suggest",)


def test_one_scope_silent_among_others_used_is_suggested_and_nothing_paused():
    used = FRESH._replace(used_at=START + 95 * DAY, quiet={"skills": START, "trainings": START + 95 * DAY},
                          reminded_at=START + 90 * DAY)  # fmt: skip
    found = due(used, START + 96 * DAY)
    assert (found.actions, found.suggested) == (("suggest",), {"skills"})


def test_what_is_paused_is_neither_suggested_nor_paused_again():
    assert due(FRESH._replace(paused=True), START + PAUSE).actions == ("remind",)


def test_the_end_is_announced_once_a_week_before_and_again_when_it_moved():
    near = FRESH._replace(used_at=START + 170 * DAY, quiet={}, reminded_at=START + 170 * DAY)
    assert due(near, START + 173 * DAY - 1).actions == ()
    found = due(near, START + 173 * DAY)
    assert (found.actions, found.term_told) == (("announce",), START + 180 * DAY)
    told = near._replace(term_told=found.term_told)
    assert due(told, START + 174 * DAY).actions == ()
    assert due(told._replace(expires_at=START + 181 * DAY), START + 174 * DAY).actions == ("announce",)


def test_the_end_of_a_short_grant_is_not_announced():
    short = FRESH._replace(expires_at=START + 14 * DAY)
    assert due(short, START + 13 * DAY).actions == ()


moments = st.integers(0, 400).map(lambda days: START + days * DAY)
lives = st.builds(
    Cared,
    granted_at=st.just(START),
    expires_at=st.integers(1, 365).map(lambda days: START + days * DAY),
    paused=st.booleans(),
    used_at=moments,
    quiet=st.dictionaries(st.sampled_from(["skills", "trainings", "*"]), moments),
    suggested=st.frozensets(st.sampled_from(["skills", "trainings", "*"])),
    term_told=st.none(),
    reminded_at=st.none() | moments,
)


@given(lives, moments)
def test_done_once_it_is_not_due_again_and_the_next_look_is_ahead(life: Cared, now: int):
    found = due(life, now)
    assert found.due_at > now
    after = life._replace(
        suggested=found.suggested,
        term_told=found.term_told,
        paused=life.paused or "pause" in found.actions,
        reminded_at=now if "remind" in found.actions else life.reminded_at,
    )
    assert due(after, now).actions == ()


@given(lives, moments, st.integers(1, 200 * 24))
def test_nothing_becomes_due_before_the_moment_to_look_again(life: Cared, now: int, hours: int):
    """Looking only when the row says so misses nothing."""
    found = due(life, now)
    after = life._replace(
        suggested=found.suggested,
        term_told=found.term_told,
        paused=life.paused or "pause" in found.actions,
        reminded_at=now if "remind" in found.actions else life.reminded_at,
    )
    later = now + hours * HOUR
    if later < found.due_at:
        assert due(after, later).actions == ()


@given(lives, moments)
def test_reminders_are_ninety_days_apart(life: Cared, now: int):
    assert ("remind" in due(life, now).actions) == (now - max(START, life.reminded_at or 0) >= REMIND)
    assert ("announce" in due(life, now).actions) == (
        now >= life.expires_at - ANNOUNCE and life.expires_at - START >= 21 * DAY
    )
