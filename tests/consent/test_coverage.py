from dataclasses import replace

import pytest

from consent.coverage import Ask, Covered, covers
from consent.limits import Frequency
from consent.transitions import after_answer, answered_by, first_standing
from foundation.clock import DAY
from tests.consent.sharing import AMINA, COACH, answered, asking, first_ask, request

NOW = 1_000 * DAY


def standing(*ticked, asked=None, **fields):
    """What stands after a first acceptance, as pure functions make it."""
    ask = asking(covers(None, asked or request(), 0))
    act = type("Act", (), {"now": NOW, "person": type("P", (), {"subject": "sub"})})
    made = first_standing("g1", ask, answered(ask, *ticked, shelf=AMINA, **fields), act)
    return replace(made, answered=dict(made.answered))


def long(*ticked, asked=None):
    return standing(*ticked, asked=asked, duration=["30d"])


def test_without_a_grant_everything_is_asked():
    ask = first_ask()
    assert ask.why == "first"
    assert ask.whole
    assert ask.scopes == request().scopes
    assert ask.required == {"openid", "profile"}
    assert ask.basis is None
    assert ask.kept == ask.changes == ()


def test_what_was_answered_is_not_asked_again_ticked_or_not():
    assert isinstance(covers(long("skills"), request(), NOW + 1), Covered)
    assert isinstance(covers(long(), request(), NOW + 1), Covered)
    fewer = request("openid", "profile", "skills")
    assert isinstance(covers(long(), fewer, NOW + 1), Covered)


def test_an_expired_or_single_use_grant_asks_everything():
    for before, now in ((long("skills"), NOW + 30 * DAY), (standing("skills"), NOW + 1)):
        ask = asking(covers(before, request(), now))
        assert ask.why == "ended"
        assert ask.whole
        assert ask.basis == ("g1", 1)


def test_an_app_that_anyone_could_be_is_confirmed_each_time():
    asked = request(asker=replace(COACH, loopback=True))
    ask = asking(covers(long("skills", asked=asked), asked, NOW + 1))
    assert ask.why == "prompted"
    assert ask.whole


def test_an_app_may_want_the_person_asked():
    ask = asking(covers(long("skills"), request(), NOW + 1, prompted=True))
    assert ask.why == "prompted"


@pytest.mark.parametrize(
    ("asked", "elements"),
    [
        (request("openid", "profile", "skills", "contact"), ("scope:contact",)),
        (request(reasons={"skills": "autre"}), ("scope:skills",)),
        (request(reasons={"trainings": "autre"}), ("scope:trainings",)),
        (request(purpose="autre"), ("purpose",)),
        (request(asker=replace(COACH, legal_entity="Autre SAS")), ("recipient",)),
        (
            request("openid", "contact", purpose="autre"),
            ("purpose", "scope:contact"),
        ),
    ],
)
def test_a_changed_request_asks_the_change_alone(asked, elements):
    ask = asking(covers(long("skills"), asked, NOW + 1))
    assert ask.why == "changed"
    assert not ask.whole
    assert ask.elements == elements
    before_after = {change.element: (change.before, change.after) for change in ask.changes}
    assert set(before_after) == set(elements)
    if "purpose" in elements:
        before, after = before_after["purpose"]
        assert before["fr"] != after["fr"] == "autre"
    if "scope:contact" in elements:
        assert before_after["scope:contact"][0] is None


def test_before_is_what_was_agreed_to_so_a_declined_scope_has_none():
    ask = asking(covers(long("skills"), request(reasons={"trainings": "autre"}), NOW + 1))
    assert ask.changes[0].before is None
    ask = asking(covers(long("skills"), request(reasons={"skills": "autre"}), NOW + 1))
    assert ask.changes[0].before["fr"] == "pour repérer les métiers proches du vôtre"
    assert ask.kept == ("openid", "profile")


def test_a_refused_change_is_not_asked_again_until_it_says_something_else():
    before = long("skills")
    wider = request("openid", "profile", "skills", "contact")
    ask = asking(covers(before, wider, NOW + 1))
    after = replace(before, answered=answered_by(ask))
    assert isinstance(covers(after, wider, NOW + 2), Covered)
    assert isinstance(covers(after, request(), NOW + 2), Covered)
    reworded = request("openid", "profile", "skills", "contact", reasons={"contact": "autre"})
    assert asking(covers(after, reworded, NOW + 2)).elements == ("scope:contact",)


def test_what_the_app_cannot_do_without_is_asked_until_it_is_given():
    needs = request(required=("openid", "profile", "trainings"))
    before = long("skills")
    assert not before.meets(needs)
    ask = asking(covers(before, needs, NOW + 1))
    assert ask.elements == ("scope:trainings",)
    assert ask.required == {"trainings"}
    refused = replace(before, answered=answered_by(ask))
    assert isinstance(covers(refused, needs, NOW + 2), Ask)
    given = after_answer(before, ask, answered(ask), NOW + 1)
    assert given.meets(needs)
    assert given.required == {"openid", "profile", "trainings"}
    assert isinstance(covers(given, needs, NOW + 2), Covered)


def test_an_accepted_change_covers_and_keeps_the_term():
    before = long("skills")
    asked = request("openid", "profile", "skills", "contact", purpose="autre")
    ask = asking(covers(before, asked, NOW + DAY))
    after = after_answer(before, ask, answered(ask, "contact"), NOW + DAY)
    assert after.revision == 2
    assert after.expires_at == before.expires_at
    assert after.terms["purpose"]["fr"] == "autre"
    assert {"scope:skills", "scope:contact"} <= after.terms.keys()
    assert isinstance(covers(after, asked, NOW + DAY), Covered)


def test_a_whole_answer_replaces_what_stood():
    before = long("skills", "trainings")
    asked = request("openid", "profile", "skills")
    ask = asking(covers(before, asked, NOW + DAY, prompted=True))
    after = after_answer(before, ask, answered(ask, "skills", duration=["180d"]), NOW + DAY)
    assert set(after.choice.scopes) == {"openid", "profile", "skills"}
    assert after.expires_at == NOW + 181 * DAY
    assert after.granted_at == before.granted_at


FIVE = Frequency(5, "day")


def limited(**limits):
    return request("openid", "profile", "skills", **limits)


def test_reading_more_often_is_asked_and_reading_less_often_is_not():
    before = long("skills", asked=limited(frequency=FIVE))
    assert before.choice.frequency == FIVE
    assert before.terms["frequency"] == {"reads": 5, "per": "day"}
    for asked in (limited(frequency=FIVE), limited(frequency=Frequency(2, "week"))):
        assert isinstance(covers(before, asked, NOW + 1), Covered)
    for asked in (limited(frequency=Frequency(6, "day")), limited()):
        ask = asking(covers(before, asked, NOW + 1))
        assert ask.elements == ("frequency",)
        assert ask.changes[0].before == {"reads": 5, "per": "day"}
        after = after_answer(before, ask, answered(ask), NOW + 1)
        assert after.choice.frequency == asked.frequency
        assert set(after.choice.scopes) == {"openid", "profile", "skills"}


def test_a_refused_frequency_keeps_the_old_one_and_is_not_asked_again():
    before = long("skills", asked=limited(frequency=FIVE))
    ask = asking(covers(before, limited(), NOW + 1))
    after = replace(before, answered=answered_by(ask))
    assert isinstance(covers(after, limited(), NOW + 2), Covered)
    more = request("openid", "profile", "skills", "contact")
    ask = asking(covers(after, more, NOW + 2))
    assert ask.elements == ("scope:contact",)
    assert after_answer(after, ask, answered(ask, "contact"), NOW + 2).choice.frequency == FIVE


def test_a_narrower_frequency_holds_from_the_next_answer():
    before = long("skills", asked=limited())
    ask = asking(covers(before, request("openid", "contact", frequency=FIVE), NOW + 1))
    assert ask.elements == ("scope:contact",)
    assert after_answer(before, ask, answered(ask), NOW + 1).choice.frequency == FIVE


def test_a_grant_from_before_there_were_frequencies_is_not_asked_about_them():
    before = long("skills")
    answers = {name: said for name, said in before.answered.items() if name != "frequency"}
    assert isinstance(covers(replace(before, answered=answers), request(), NOW + 1), Covered)
    asked = request(frequency=FIVE)
    assert isinstance(covers(replace(before, answered=answers), asked, NOW + 1), Covered)


def test_more_fields_are_asked_with_what_was_agreed_to_before():
    before = long("skills", asked=limited(fields={"skills": ["label", "level"]}))
    assert before.choice.scopes["skills"].fields == {"label", "level"}
    assert isinstance(covers(before, limited(fields={"skills": ["label"]}), NOW + 1), Covered)
    ask = asking(covers(before, limited(), NOW + 1))
    assert ask.elements == ("scope:skills",)
    assert ask.changes[0].before["fields"] == ["label", "level"]
    refused = replace(before, answered=answered_by(ask))
    assert isinstance(covers(refused, limited(), NOW + 2), Covered)
    given = after_answer(before, ask, answered(ask, "skills"), NOW + 1)
    assert given.choice.scopes["skills"].fields is None


def test_a_paused_grant_is_asked_about_and_goes_on_with_the_answer():
    before = replace(long("skills"), paused_at=NOW, pause_reason="person")
    ask = asking(covers(before, request(), NOW + 1))
    assert (ask.why, ask.whole, ask.elements) == ("paused", False, ())
    assert ask.kept == tuple(before.choice.scopes)
    assert ask.basis == ("g1", 1)
    after = after_answer(before, ask, answered(ask), NOW + 1)
    assert (after.paused_at, after.pause_reason) == (None, None)
    assert after.choice == before.choice
    assert after.expires_at == before.expires_at
    more = asking(covers(before, request("openid", "contact"), NOW + 1))
    assert (more.why, more.elements) == ("paused", ("scope:contact",))
    assert asking(covers(before, request(), NOW + 1, prompted=True)).why == "prompted"
    assert asking(covers(before, request(), NOW + 30 * DAY)).why == "ended"
