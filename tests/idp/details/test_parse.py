"""What an object of the type may say; everything else is refused by the name of the member that is wrong."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from consent.limits import Frequency
from idp.details.limits import Limit
from idp.details.parse import LONGEST, MOST_OBJECTS, DetailsError, parse_details
from idp.details.rules import wanted_in
from idp.details.schema import career_data_schema

LEAST: dict[str, Any] = {"type": "career_data", "datasets": ["skills"], "actions": ["read"]}
WHOLE: dict[str, Any] = {
    "type": "career_data",
    "datasets": ["skills", "job_targets"],
    "actions": ["read"],
    "fields": {"skills": ["label", "level"]},
    "items": "current",
    "purpose": "career_guidance",
    "duration": "45d",
    "frequency": {"reads": 4, "per": "day"},
}


def text(*objects: Any) -> str:
    return json.dumps(objects)


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in LEAST.items() if key != name}


def test_all_that_may_be_said() -> None:
    [detail] = parse_details(text(WHOLE))
    assert detail.datasets == ("skills", "job_targets")
    assert detail.fields == {"skills": {"label", "level"}}
    assert (detail.later, detail.purpose, detail.duration) == (False, "career_guidance", "45d")
    assert detail.frequency == Frequency(4, "day")


def test_what_is_left_out_narrows_nothing() -> None:
    wanted = wanted_in(text(LEAST))
    assert wanted.limits == {"skills": Limit(None, later=True)}
    assert (wanted.purpose, wanted.duration, wanted.frequency) == (None, None, None)


def test_to_write_is_a_scope_of_its_own() -> None:
    assert wanted_in(text(LEAST | {"actions": ["write"]})).limits.keys() == {"skills:write"}
    assert wanted_in(text(LEAST | {"actions": ["read", "write"]})).limits.keys() == {"skills", "skills:write"}


def test_objects_about_one_dataset_add_up() -> None:
    wanted = wanted_in(
        text(
            LEAST | {"fields": {"skills": ["label"]}, "items": "current"},
            LEAST | {"fields": {"skills": ["level"]}},
            LEAST | {"datasets": ["languages"], "items": "current"},
        )
    )
    assert wanted.limits["skills"] == Limit(frozenset({"label", "level"}), later=True)
    assert wanted.fields == {"skills": {"label", "level"}}
    assert wanted.current == {"languages"}
    assert wanted_in(text(LEAST | {"fields": {"skills": ["label"]}}, LEAST)).fields == {}


@pytest.mark.parametrize(
    ("unread", "place"),
    [
        ("", ": not JSON"),
        ("{}", ": a JSON array"),
        ("[]", ": a JSON array"),
        ("null", ": a JSON array"),
        ("[" * 4000, ": not JSON"),
        ('[{"type":"career_data","type":"career_data"}]', ": a member appears twice"),
        ('[{"reads": NaN}]', ": not JSON"),
        ('["\\ud800"]', "[0]: not an object"),
        (" " * (LONGEST + 1), ": longer"),
        (text(*[LEAST] * (MOST_OBJECTS + 1)), ": a JSON array of 1 to 10"),
        (text(7), "[0]: not an object"),
        (text(LEAST, []), "[1]: not an object"),
        (text(without("type")), "[0].type: missing"),
        (text(without("datasets")), "[0].datasets: missing"),
        (text(LEAST, without("actions")), "[1].actions: missing"),
        (text(LEAST | {"type": "payment_initiation"}), "[0].type: the only"),
        (text(LEAST | {"type": ["career_data"]}), "[0].type: the only"),
        (text(LEAST | {"locations": ["x"]}), "[0]: career_data has no member locations"),
        (text(LEAST | {'x" \r\né': 1}), "[0]: career_data has no member x"),
        (text(LEAST | {"datasets": "skills"}), "[0].datasets: a JSON array"),
        (text(LEAST | {"datasets": []}), "[0].datasets: a JSON array"),
        (text(LEAST | {"datasets": [1]}), "[0].datasets[0]: not a string"),
        (text(LEAST | {"datasets": [{}]}), "[0].datasets[0]: not a string"),
        (text(LEAST | {"datasets": ["skills", "x"]}), "[0].datasets[1]: x is not known"),
        (text(LEAST | {"datasets": ["profile"]}), "[0].datasets[0]: profile is not"),
        (text(LEAST | {"datasets": ["skills:write"]}), "[0].datasets[0]: skills:write"),
        (text(LEAST | {"datasets": ["skills"] * 2}), "[0].datasets[1]: skills appears twice"),
        (text(LEAST | {"actions": ["delete"]}), "[0].actions[0]: delete is not known"),
        (
            text(LEAST | {"datasets": ["languages"], "actions": ["write"]}),
            "[0].datasets[0]: languages cannot",
        ),
        (text(LEAST | {"actions": ["write"], "items": "all"}), "[0]: fields, items and"),
        (text(LEAST | {"fields": ["label"]}), "[0].fields: an object"),
        (text(LEAST | {"fields": {"languages": ["label"]}}), "[0].fields: languages is not"),
        (text(LEAST | {"fields": {"skills": []}}), "[0].fields.skills: a JSON array"),
        (text(LEAST | {"fields": {"skills": ["id"]}}), "[0].fields.skills[0]: id is not"),
        (text(LEAST | {"items": ["all"]}), "[0].items: one of current, all"),
        (text(LEAST | {"items": 5}), "[0].items: one of current, all"),
        (text(LEAST | {"purpose": "fun"}), "[0].purpose: one of"),
        (text(LEAST | {"purpose": None}), "[0].purpose: one of"),
        (text(LEAST | {"duration": "366d"}), "[0].duration: once, or"),
        (text(LEAST | {"duration": 30}), "[0].duration: once, or"),
        (text(LEAST | {"duration": None}), "[0].duration: once, or"),
        (text(LEAST | {"frequency": 4}), "[0].frequency: an object"),
        (text(LEAST | {"frequency": {"reads": 4}}), "[0].frequency: an object"),
        (text(LEAST | {"frequency": {"reads": True, "per": "day"}}), "[0].frequency.reads: a number"),
        (text(LEAST | {"frequency": {"reads": 1.0, "per": "day"}}), "[0].frequency.reads: a number"),
        (text(LEAST | {"frequency": {"reads": 0, "per": "day"}}), "[0].frequency.reads: a number"),
        (text(LEAST | {"frequency": {"reads": 4, "per": "hour"}}), "[0].frequency.per: one of"),
        (text(LEAST | {"duration": "30d"}, LEAST, LEAST | {"duration": "60d"}), "[2].duration: another"),
    ],
)
def test_what_is_wrong_is_named(unread: str, place: str) -> None:
    with pytest.raises(DetailsError) as refused:
        wanted_in(unread)
    said = str(refused.value)
    assert said.startswith(f"authorization_details{place}")
    assert said.isascii()
    assert said.isprintable()
    assert '"' not in said
    assert "\\" not in said


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
VALUES = JSON_VALUES | st.sampled_from([*WHOLE.values(), "write", ["read", "write"], {"skills": ["label"]}])
ODD = st.dictionaries(st.sampled_from([*WHOLE, "locations"]), VALUES).map(lambda odd: [LEAST | odd])


def said_of(document: Any) -> str:
    """What is said of a document; "" where nothing is wrong with it."""
    try:
        wanted = wanted_in(json.dumps(document))
    except DetailsError as refused:
        return str(refused)
    return "" if wanted.limits else "asks nothing"


SCHEMA = Draft202012Validator(career_data_schema("https://accord.example"))


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA.schema)
    assert SCHEMA.is_valid([WHOLE, LEAST])


@given(ODD | JSON_VALUES)
def test_nothing_breaks_it_and_the_published_schema_says_the_same(document: Any) -> None:
    said = said_of(document)
    # Of several objects, the schema cannot say that they agree; of numbers, that 1.0 is no count of reads.
    if "another object" not in said and ".reads" not in said:
        assert SCHEMA.is_valid(document) == (said == "")
    assert said == "" or said.startswith("authorization_details")
    assert said.isascii()
    assert said.isprintable()
