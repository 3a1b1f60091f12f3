import pytest

from consent.answers import read_form
from consent.coverage import covers
from foundation.errors import AccordError
from tests.consent.sharing import AMINA, answered, asking, first_ask, request
from tests.consent.test_coverage import standing


def test_nothing_ticked_shares_what_is_required_once():
    choice = read_form({}, first_ask(), AMINA)
    assert set(choice.scopes) == {"openid", "profile"}
    assert choice.declined == {"skills", "experiences", "trainings"}
    assert choice.duration == "once"
    assert not choice.offline


def test_ticks_list_the_items_that_were_there():
    choice = answered(
        first_ask(),
        "skills",
        "trainings",
        hide=["skills:s03", "trainings:t2", "experiences:e1"],
        future=["skills", "experiences"],
        duration=["180d"],
    )
    assert choice.scopes["skills"].hidden == {"s03"}
    assert "s03" not in choice.scopes["skills"].items
    assert len(choice.scopes["skills"].items) == 10
    assert choice.scopes["skills"].future
    assert not choice.scopes["trainings"].future
    assert "experiences" not in choice.scopes
    assert choice.duration == "180d"
    assert choice.offline


def test_an_empty_dataset_shares_nothing_yet():
    choice = read_form({"scope": ["trainings"]}, first_ask(), {})
    assert choice.scopes["trainings"].items == frozenset()


def test_offline_needs_to_be_asked():
    ask = first_ask("openid", "skills")
    assert not answered(ask, "skills", duration=["30d"]).offline


@pytest.mark.parametrize(
    "form",
    [
        {"scope": ["contact"]},
        {"scope": ["skills", "skills:write"]},
        {"scope": ["offline_access"]},
        {"hide": ["skills:unknown"]},
        {"hide": ["contact:x"]},
        {"hide": ["skills"]},
        {"hide": ["openid:"]},
        {"hide": ["profile:x"]},
        {"future": ["contact"]},
        {"future": ["openid"]},
        {"duration": ["forever"]},
        {"duration": ["30d", "180d"]},
        {"duration": [""]},
    ],
)
def test_what_was_not_offered_cannot_be_slipped_in(form):
    with pytest.raises(AccordError) as caught:
        read_form({"scope": ["skills"], **form}, first_ask(), AMINA)
    assert caught.value.code == "invalid_choice"
    assert caught.value.description.isascii()


def test_the_error_lists_which_and_stays_short():
    form = {"scope": ["skills", "\u202e" * 500, *(f"x{number}" for number in range(9))]}
    with pytest.raises(AccordError) as caught:
        read_form(form, first_ask(), AMINA)
    assert "scope=x0" in caught.value.description
    assert "and 5 more" in caught.value.description
    assert len(caught.value.description) < 700


def test_fields_that_are_not_of_the_choice_are_left_alone():
    form = {"decision": ["accept"], "csrf": ["x"], "scope": ["skills"]}
    assert "skills" in read_form(form, first_ask(), AMINA).scopes


def changed(*scopes, **words):
    return asking(covers(standing("skills", duration=["30d"]), request(*scopes, **words), 1))


def test_a_change_answers_only_what_changed():
    ask = changed("openid", "profile", "skills", "experiences", "trainings", "languages", "offline_access")
    assert ask.scopes == ("languages",)
    choice = answered(ask, "languages", duration=["180d"])
    assert set(choice.scopes) == {"openid", "profile", "skills", "languages"}
    assert choice.declined == {"experiences", "trainings"}
    assert choice.duration == "30d"
    assert choice.offline
    declined = answered(ask)
    assert set(declined.scopes) == {"openid", "profile", "skills"}
    assert "languages" in declined.declined


def test_a_scope_asked_anew_and_left_unticked_is_taken_out():
    ask = changed(reasons={"skills": "pour tout autre chose"})
    assert ask.scopes == ("skills",)
    assert "skills" not in answered(ask).scopes
    assert "skills" in answered(ask, "skills").scopes


def test_a_declined_scope_can_be_taken_after_all():
    ask = changed(reasons={"trainings": "pour tout autre chose"})
    choice = answered(ask, "trainings")
    assert "trainings" in choice.scopes
    assert "trainings" not in choice.declined


def test_reading_while_away_changes_only_when_that_was_the_question():
    before = standing("skills", asked=request("openid", "skills"), duration=["30d"])
    for_more = asking(covers(before, request("openid", "skills", "languages", "offline_access"), 1))
    assert "offline" in for_more.elements
    assert answered(for_more).offline
    refused = standing("skills", asked=request("openid", "skills"), duration=["30d"])
    refused.answered["offline"] = request().digests["offline"]
    later = asking(covers(refused, request("openid", "skills", "languages", "offline_access"), 1))
    assert not answered(later, "languages").offline
