import pytest
from pydantic import ValidationError

from consent.profile.schemas import MODELS


def refusal(dataset, **values):
    with pytest.raises(ValidationError) as caught:
        MODELS[dataset].model_validate(values)
    return [(error["type"], error["loc"]) for error in caught.value.errors()]


def test_a_skill_s_code_goes_with_its_kind():
    assert refusal("skills", kind="rome", label="x") == [("rome_code_missing", ())]
    assert refusal("skills", kind="free", label="x", rome_code="300361") == [("rome_code_unexpected", ())]
    assert MODELS["skills"].model_validate({"kind": "soft", "label": "x"}).rome_code is None


def test_a_period_ends_after_it_starts_at_the_precision_given():
    job = MODELS["experiences"]
    assert job.model_validate({"title": "x", "start": "2019-05", "end": "2019"})
    assert job.model_validate({"title": "x", "start": "2019-05-10", "end": "2019-05"})
    assert job.model_validate({"title": "x", "end": "2019"})
    assert refusal("experiences", title="x", start="2019-05", end="2018") == [("end_before_start", ())]
    assert refusal("contracts", job_title="x", company="y", start="2020-02-02", end="2020-02-01") == [
        ("end_before_start", ())
    ]


@pytest.mark.parametrize(
    ("dataset", "values", "why"),
    [
        ("skills", {"kind": "rome", "label": "x", "rome_code": "12"}, "string_pattern_mismatch"),
        ("skills", {"kind": "free", "label": "x", "level": 3}, "literal_error"),
        ("skills", {"kind": "free", "label": "x", "extra": 1}, "extra_forbidden"),
        ("skills", {"kind": "free", "label": "x", "id": "../x"}, "string_pattern_mismatch"),
        ("skills", {"kind": "free", "label": "x", "id": "x" * 33}, "string_pattern_mismatch"),
        ("skills", {"kind": "free", "label": "x", "id": "x\n"}, "string_pattern_mismatch"),
        ("experiences", {"title": "x" * 5000}, "string_too_long"),
        ("experiences", {"title": "x", "current": "yes"}, "bool_type"),
        ("experiences", {"title": "x", "rome_code": "Z1234"}, "string_pattern_mismatch"),
        ("trainings", {"title": "x", "end_year": 9999}, "less_than_equal"),
        ("trainings", {"title": "x", "end_year": "2011"}, "int_type"),
        ("contracts", {"job_title": "x", "company": "y", "hours": -1}, "greater_than_equal"),
        ("languages", {"code": "FRA", "label": "x"}, "string_pattern_mismatch"),
        ("birthdate", {"date": "1976-03-12T00:00:00+01:00"}, "string_too_long"),
        ("status", {"job_seeker": 1}, "bool_type"),
        ("contact", {"lines": ["a"] * 5}, "too_long"),
        ("contact", {"phones": ["1"]}, "string_pattern_mismatch"),
        ("identity", {"given_name": "x"}, "missing"),
    ],
)
def test_what_is_not_as_it_should_is_refused(dataset, values, why):
    assert refusal(dataset, **values)[0][0] == why


@pytest.mark.parametrize(
    ("dataset", "one", "same", "other"),
    [
        (
            "skills",
            {"kind": "rome", "label": "Accueillir", "rome_code": "300361"},
            {"kind": "rome", "label": "Accueil", "rome_code": "300361", "level": "advanced"},
            {"kind": "soft", "label": "Accueillir", "rome_code": "300361"},
        ),
        (
            "languages",
            {"code": "fr", "label": "x"},
            {"code": "fr", "label": "y"},
            {"code": "en", "label": "x"},
        ),
        ("interests", {"label": "Chant"}, {"label": "CHANT", "detail": "alto"}, {"label": "Danse"}),
        (
            "experiences",
            {"title": "Vendeur", "start": "2019"},
            {"title": "vendeur", "start": "2019", "end": "2020"},
            {"title": "Vendeur", "start": "2020"},
        ),
        (
            "contracts",
            {"job_title": "a", "company": "b", "siret": "77569474807916", "start": "2020"},
            {"job_title": "A", "company": "c", "siret": "77569474807916", "start": "2020"},
            {"job_title": "a", "company": "b", "start": "2020"},
        ),
        ("trainings", {"title": "BTS"}, {"title": "bts"}, {"title": "BTS", "end_year": 2011}),
        ("licences", {"code": "B", "label": "x"}, {"code": "B", "label": "y"}, {"code": "C", "label": "x"}),
        (
            "job_targets",
            {"label": "a", "rome_code": "M1607", "rome_label": "s", "appellation_code": "11183"},
            {"label": "b", "rome_code": "M1607", "rome_label": "s", "appellation_code": "11183"},
            {"label": "a", "rome_code": "M1607", "rome_label": "s"},
        ),
        (
            "advisers",
            {"kind": "placement", "family_name": "Dumont"},
            {"kind": "placement", "family_name": "DUMONT"},
            {"kind": "benefits", "family_name": "Dumont"},
        ),
        ("birthdate", {"date": "1990-01-01"}, {"date": "1991-01-01"}, None),
    ],
)
def test_an_imported_item_is_recognised(dataset, one, same, other):
    model = MODELS[dataset]
    likeness = model.model_validate(one).likeness()
    assert likeness == model.model_validate(same).likeness()
    assert other is None or likeness != model.model_validate(other).likeness()
