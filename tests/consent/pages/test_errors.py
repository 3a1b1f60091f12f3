"""What a form says of a wrong profile."""

import pytest

from consent.pages.controls import controls, errors_by_field
from consent.pages.sections import DECLARED
from consent.profile.fields import DATASETS
from consent.profile.problems import MESSAGES, OTHERWISE, Problem
from foundation.web.templates import FIELD_LABEL
from tests.consent.pages.site import _web

# They name by themselves what they are about.
_COMPLETE = {"end_before_start", "rome_code_missing", "rome_code_unexpected", "duplicate_id"}


def test_a_message_leaves_room_for_the_label_of_its_field():
    without = {kind for kind, text in MESSAGES.items() if not text.startswith(FIELD_LABEL)}
    assert without == _COMPLETE
    assert OTHERWISE.startswith(FIELD_LABEL)


@pytest.mark.parametrize("dataset", sorted({*DATASETS} - DECLARED - {"openid"}))
@pytest.mark.parametrize("item", [{}, {"kind": "rome"}], ids=["empty", "chosen"])
def test_whatever_is_wrong_is_told_at_a_field_that_is_on_the_form(dataset: str, item: dict[str, str]):
    t = _web().catalogues.translator("en")
    shown = {control.name for control in controls(dataset, item, t)}
    for field in DATASETS[dataset].fields:
        for path in (field.name, f"{field.name}[3].label"):
            told = errors_by_field(dataset, item, [Problem(path, "missing", "")], t)
            assert list(told.values()) == ["%(field)s: this is needed."]
            assert set(told) <= shown
            assert set(told) == {field.name} or field.name not in shown


@pytest.mark.parametrize(
    ("dataset", "path", "field"),
    [
        ("experiences", "rome_code", "title"),
        ("experiences", "experiences", "end"),
        ("contact", "insee_code", "city"),
        ("languages", "label", "code"),
        ("licences", "label", "code"),
        ("job_targets", "label", "contract_types"),
    ],
)
def test_what_is_not_typed_is_told_beside_what_it_goes_with(dataset: str, path: str, field: str):
    t = _web().catalogues.translator("fr")
    assert list(errors_by_field(dataset, {}, [Problem(path, "too_long", "")], t)) == [field]


def test_what_concerns_a_whole_part_names_the_part():
    t = _web().catalogues.translator("en")
    [text] = errors_by_field("job_targets", {}, [Problem("job_targets", "too_long", "")], t).values()
    assert text == "Jobs you are looking for: there are too many items."


def test_one_message_a_field_is_enough():
    t = _web().catalogues.translator("en")
    both = [Problem("title", "missing", ""), Problem("title", "string_too_long", "")]
    assert errors_by_field("experiences", {}, both, t) == {"title": "%(field)s: this is needed."}
