"""What was asked against what was read: by scope, by field, with silence counted from the right day."""

import pytest

from consent.choices import Choice, Shared
from consent.mirror.entries import Total, TotalKey
from consent.mirror.reflection import IDLE, last_use, reflect
from foundation.clock import DAY

NOW = 1_000 * DAY
GRANT = "a" * 32


def choice(**scopes):
    return Choice(
        {name: shared or Shared() for name, shared in scopes.items()}, frozenset(), "180d", offline=True
    )


def read(dataset, fields, ago, reads=1):
    return {TotalKey(GRANT, dataset, fields): Total(reads, NOW - ago, NOW - ago)}


def only(choice, totals, since=NOW - 100 * DAY, required=()):
    (one,) = reflect(choice, required, totals, since, NOW)
    return one


def test_fields_that_left_are_told_apart_from_those_that_never_did():
    skills = only(
        choice(skills=None), read("skills", "label level", DAY, 4) | read("skills", "label", 2 * DAY, 3)
    )
    assert {field.name: (field.reads, field.last_at) for field in skills.fields} == {
        "label": (7, NOW - DAY),
        "level": (4, NOW - DAY),
        "kind": (0, None),
        "rome_code": (0, None),
    }
    assert (skills.state, skills.reads, skills.last_at) == ("used", 7, NOW - DAY)


def test_only_the_fields_that_she_shares_are_in_the_mirror():
    skills = only(choice(skills=Shared(fields=frozenset({"label"}))), {})
    assert [field.name for field in skills.fields] == ["label"]


@pytest.mark.parametrize(
    ("since", "read_ago", "state"),
    [
        (10 * DAY, None, "unused"),
        (60 * DAY - 1, None, "unused"),
        (60 * DAY, None, "idle"),
        (90 * DAY, 1, "used"),
        (90 * DAY, 60 * DAY - 1, "used"),
        (90 * DAY, 60 * DAY, "idle"),
        (DAY, 80 * DAY, "used"),  # resumed yesterday: the silence of the pause does not count
    ],
)
def test_sixty_days_of_silence_since_it_was_granted_resumed_or_read(since, read_ago, state):
    totals = {} if read_ago is None else read("skills", "label", read_ago)
    one = only(choice(skills=None), totals, NOW - since)
    assert one.state == state
    assert one.removable == (state == "idle")
    assert not only(choice(skills=None), totals, NOW - since, ["skills"]).removable


def test_identity_address_and_what_is_no_matter_of_the_mirror():
    mirror = reflect(
        choice(openid=None, profile=None, email=None, **{"skills:write": None}),
        ["openid"],
        read("identity", "sub given_name", DAY),
        NOW - IDLE,
        NOW,
    )
    assert [(one.scope, one.state) for one in mirror] == [("profile", "used"), ("email", "idle")]
    assert last_use(mirror) == NOW - DAY
    assert last_use(()) is None


def test_another_grants_reads_of_another_dataset_do_not_count():
    assert only(choice(skills=None), read("languages", "label", DAY)).last_at is None
