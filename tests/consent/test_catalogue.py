import re
from pathlib import Path
from typing import get_args

import pytest

from consent.catalogue import CATALOGUE, PURPOSES, Sensitivity, served_by
from consent.profile.fields import DATASETS
from consent.profile.schemas import MODELS

OWN = (
    "skills languages interests experiences contracts trainings licences job_targets "
    "contact birthdate status benefits advisers"
)
PATHS = (
    "skills languages interests experiences contracts trainings licences job-targets "
    "contact birthdate status benefits advisers"
)


def test_every_scope_of_the_contract_exists_and_no_other():
    assert list(CATALOGUE) == ["openid", "profile", "email", "offline_access", *OWN.split(), "skills:write"]


def test_a_scope_that_writes_releases_nothing():
    assert [name for name, scope in CATALOGUE.items() if scope.writes] == ["skills:write"]
    writing = CATALOGUE["skills:write"]
    assert writing.writes in DATASETS
    assert (writing.dataset, writing.claims, writing.selectable) == (None, (), False)
    assert served_by(writing.path) is None


def test_every_path_of_the_data_api_serves_one_scope():
    for path in PATHS.split():
        scope = served_by(path)
        assert scope is not None
        assert scope.path == path
    assert served_by("profile") is None
    assert served_by("openid") is None


@pytest.mark.parametrize("name", list(DATASETS))
def test_what_is_released_is_what_the_model_holds(name):
    fields = {field.name for field in DATASETS[name].fields}
    assert fields == set(MODELS[name].model_fields) - {"id", "added_by"}


@pytest.mark.parametrize(("dataset", "field"), [(d, f) for d in DATASETS.values() for f in d.fields])
def test_every_choice_a_model_allows_has_its_words(dataset, field):
    if field.kind not in {"choice", "choices"}:
        assert not field.values
        return
    allowed = re.findall(r"'([^']+)'", str(MODELS[dataset.name].model_fields[field.name].annotation))
    assert sorted(field.values) == sorted(allowed)


def test_a_scope_says_what_how_sensitive_and_why():
    for scope in CATALOGUE.values():
        assert scope.label
        assert scope.contents
        assert scope.reason.fr
        assert scope.reason.en
    assert CATALOGUE["benefits"].sensitivity is Sensitivity.VERY_HIGH
    assert CATALOGUE["skills"].selectable
    assert not CATALOGUE["contact"].selectable
    assert not CATALOGUE["email"].selectable
    assert [name for name, scope in CATALOGUE.items() if scope.third_parties] == ["advisers"]
    assert {name for name, scope in CATALOGUE.items() if scope.free_text} == {
        "skills",
        "interests",
        "experiences",
        "trainings",
    }


def test_only_offline_access_is_no_box():
    assert [name for name, scope in CATALOGUE.items() if not scope.box] == ["offline_access"]


def test_an_older_edition_lets_out_only_what_existed_then():
    assert CATALOGUE["skills"].fields(0) == ()
    assert CATALOGUE["openid"].fields(1) == ()
    assert [field.name for field in CATALOGUE["licences"].fields(1)] == ["label", "code"]


def test_purposes_are_sentences_in_both_languages():
    assert "career_guidance" in PURPOSES
    for purpose in PURPOSES.values():
        assert purpose.sentence.in_language("fr-FR") == purpose.sentence.fr
        assert purpose.sentence.in_language("en-GB") == purpose.sentence.en
        assert purpose.sentence.in_language("qps") == purpose.sentence.fr


def test_french_texts_use_the_typographic_apostrophe():
    for path in [*Path("consent").glob("*.py"), *Path("consent/profile").glob("*.py")]:
        for text in re.findall(r'N_\("([^"]*)"\)', path.read_text("utf-8")):
            assert "'" not in text, f"{path}: {text}"


def test_genders_are_those_of_openid_connect():
    annotation = MODELS["identity"].model_fields["gender"].annotation
    assert set(get_args(get_args(annotation)[0])) == {"female", "male", "other"}
