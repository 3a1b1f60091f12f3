"""Whatever is asked and whatever she chooses: what is granted is within both, and is just what leaves."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from consent.answers import read_form
from consent.catalogue import CATALOGUE
from consent.choices import fields_of
from consent.coverage import covers
from consent.limits import days_of
from consent.profile.release import release
from consent.requests import Motives, ask_to_share
from idp.details.limits import Bound, bounded_choice, granted_details
from idp.details.rules import Wanted, wanted_in
from tests.consent.sharing import AMINA, COACH, asking

ASKABLE = ("skills", "languages", "experiences", "trainings", "licences", "birthdate")
FIELDS = {name: [one.name for one in fields_of(name, CATALOGUE[name].edition)] for name in ASKABLE}


@st.composite
def details(draw: st.DrawFn) -> list[dict[str, Any]]:
    """What an app asks: a few objects about a few datasets."""
    said = []
    term = draw(st.none() | st.sampled_from(["once", "7d", "30d", "45d", "365d"]))
    promise = draw(st.none() | st.fixed_dictionaries({"reads": st.integers(1, 9), "per": st.just("day")}))
    for _ in range(draw(st.integers(1, 3))):
        datasets = draw(st.lists(st.sampled_from(ASKABLE), min_size=1, max_size=3, unique=True))
        one: dict[str, Any] = {"type": "career_data", "datasets": datasets, "actions": ["read"]}
        some = {
            name: draw(st.lists(st.sampled_from(FIELDS[name]), min_size=1, unique=True))
            for name in datasets
            if draw(st.booleans())
        }
        one |= {"fields": some} if some else {}
        one |= {"items": draw(st.sampled_from(["current", "all"]))} if draw(st.booleans()) else {}
        one |= {"duration": term} if term and draw(st.booleans()) else {}
        one |= {"frequency": promise} if promise and draw(st.booleans()) else {}
        said.append(one)
    return said


def question(wanted: Wanted) -> Any:
    motives = Motives(
        frequency=wanted.frequency, duration=wanted.duration, fields=wanted.fields, current=wanted.current
    )
    return asking(covers(None, ask_to_share(COACH, ("openid", *wanted.limits), (), motives), 0))


@st.composite
def answers(draw: st.DrawFn, wanted: Wanted) -> Any:
    """What she ticks, among what is offered."""
    ask = question(wanted)
    later = [one.scope for one in ask.request.asks if one.later and CATALOGUE[one.scope].dataset]
    items = [
        f"{name}:{item['id']}"
        for name in ask.scopes
        if CATALOGUE[name].selectable
        for item in AMINA.get(name, ())
    ]
    form = {
        "scope": draw(st.lists(st.sampled_from(ask.scopes), unique=True)),
        "hide": draw(st.lists(st.sampled_from(items), unique=True, max_size=6)) if items else [],
        "future": draw(st.lists(st.sampled_from(later), unique=True)) if later else [],
        "duration": [draw(st.sampled_from(ask.request.durations))],
    }
    return form, read_form(form, ask, AMINA)


@settings(max_examples=60)
@given(st.data())
def test_granted_is_within_what_was_asked_and_chosen_and_is_what_leaves(drawn: st.DataObject) -> None:
    asked = drawn.draw(details())
    wanted = wanted_in(json.dumps(asked))
    form, choice = drawn.draw(answers(wanted))
    bound = Bound("career_guidance", wanted.limits).to_json()
    granted = granted_details(choice.to_json(), bound, tuple(choice.scopes))
    told = {name: one for one in granted for name in one["datasets"]}
    assert told.keys() == wanted.limits.keys() & frozenset(form["scope"])
    narrow = bounded_choice(choice.to_json(), bound)
    for name, one in told.items():
        about = [each for each in asked if name in each["datasets"]]
        askable = {field for each in about for field in each.get("fields", {}).get(name, FIELDS[name])}
        assert set(one["fields"][name]) == askable
        may_be_later = any(each.get("items", "all") == "all" for each in about)
        assert (one["items"] == "all") == (may_be_later and name in form["future"])
        assert wanted.duration is None or days_of(one["duration"]) <= days_of(wanted.duration)
        assert one.get("frequency") == next(
            (each["frequency"] for each in asked if "frequency" in each), None
        )
        hidden = {value.partition(":")[2] for value in form["hide"]}
        leaves = release(name, AMINA.get(name, ()), narrow)
        assert set(leaves.fields) == set(one["fields"][name])
        assert set(leaves.items) == {item["id"] for item in AMINA.get(name, ())} - hidden
    for name in wanted.limits.keys() - told.keys():
        assert release(name, AMINA.get(name, ()), narrow).items == ()


@settings(max_examples=60)
@given(st.data())
def test_a_bound_never_adds(drawn: st.DataObject) -> None:
    """A second bound within a first opens no more than either."""
    first = wanted_in(json.dumps(drawn.draw(details())))
    _, choice = drawn.draw(answers(first))
    second = wanted_in(json.dumps(drawn.draw(details())))
    limits = {
        name: limit.within(second.limits[name]) if name in second.limits else limit
        for name, limit in first.limits.items()
    }
    whole = bounded_choice(choice.to_json(), Bound("p", first.limits).to_json())
    narrow = bounded_choice(choice.to_json(), Bound("p", limits).to_json())
    assert narrow.scopes.keys() <= whole.scopes.keys()
    for name, shared in narrow.scopes.items():
        before = whole.scopes[name]
        assert names(name, shared.fields) <= names(name, before.fields)
        assert before.future or not shared.future
        assert (shared.items, shared.hidden) == (before.items, before.hidden)


def names(scope: str, only: frozenset[str] | None) -> set[str]:
    return {one.name for one in fields_of(scope, CATALOGUE[scope].edition, only)}
