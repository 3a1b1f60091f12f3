import re

import pytest

from consent.profile.personas import PERSONAS, load_persona
from consent.profile.rome import (
    expected_skills,
    fold,
    referential,
    search_skills,
    search_titles,
)


def test_codes_have_their_shapes_and_every_name_leads_somewhere():
    rome = referential()
    assert len(rome.sheets) >= 15
    assert 60 <= len(rome.titles) <= 100
    for code, sheet in rome.sheets.items():
        assert re.fullmatch(r"[A-N]\d{4}", code)
        assert len(sheet.skills) >= 8
        assert len(sheet.skills) == len(set(sheet.skills))
    assert all(re.fullmatch(r"\d{5,6}", code) for code in [*rome.titles, *rome.skills])
    assert {skill.kind for skill in rome.skills.values()} == {"know_how", "knowledge", "soft"}
    used = {skill.code for sheet in rome.sheets.values() for skill in sheet.skills}
    assert used == set(rome.skills)


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("secretaire medicale", "Secrétaire médical / Secrétaire médicale"),
        ("SECRÉTAIRE MÉDICAL", "Secrétaire médical / Secrétaire médicale"),
        ("assist admin", "Assistant administratif / Assistante administrative"),
        ("hote caisse", "Hôte / Hôtesse de caisse"),
        ("N1103", "Préparateur / Préparatrice de commandes"),
        ("  développeur, ", "Développeur / Développeuse informatique"),
    ],
)
def test_a_search_ignores_case_accents_and_word_ends(query, first):
    assert search_titles(query)[0].label == first


@pytest.mark.parametrize("query", ["", "   ", "%", "zzzz", "'; drop", "\x00", "é" * 10_000])
def test_a_search_for_nothing_finds_nothing(query):
    assert search_titles(query) == []


def test_a_search_is_bounded():
    assert len(search_titles("a", most=3)) == 3
    assert len(search_skills("e")) <= 20


def test_skills_are_searched_too_and_expected_by_job():
    assert search_skills("rediger compte rendu")[0].code == "300408"
    assert search_skills("300361")[0].label == "Accueillir, orienter, renseigner un public"
    assert "300361" in {skill.code for skill in expected_skills("M1607")}
    assert expected_skills("Z9999") == ()


def test_folding():
    assert fold("Œuvre À Ça") == "oeuvre a ca"
    assert fold("Ætoile") == "aetoile"


@pytest.mark.parametrize("name", PERSONAS)
def test_personas_use_true_codes(name):
    rome = referential()
    persona = load_persona(name)
    for skill in persona["skills"]:
        if skill.rome_code:
            assert rome.skills[skill.rome_code].label == skill.label
            assert (skill.kind == "soft") == (rome.skills[skill.rome_code].kind == "soft")
    for job in persona["job_targets"]:
        title = rome.titles[job.appellation_code]
        assert (title.label, title.sheet.code, title.sheet.label) == (
            job.label,
            job.rome_code,
            job.rome_label,
        )
    for job in persona["experiences"]:
        assert job.rome_code in rome.sheets


def test_the_personas_are_who_they_are():
    amina, bruno, chloe = (load_persona(name) for name in PERSONAS)
    assert all(amina.values())
    assert 8 <= len(amina["skills"]) <= 12
    assert len(amina["experiences"]) in {3, 4}
    assert [name for name, items in bruno.items() if not items] == [
        "interests",
        "contracts",
        "trainings",
        "benefits",
        "advisers",
    ]
    assert [name for name, items in chloe.items() if items] == ["identity"]
    # What the coach has to tell Amina: skills expected of her target that she does not have yet.
    hers = {skill.rome_code for skill in amina["skills"]}
    expected = {skill.code for skill in expected_skills(amina["job_targets"][0].rome_code)}
    assert expected & hers
    assert expected - hers


def test_nobody_else_is_a_persona():
    with pytest.raises(LookupError, match="amina"):
        load_persona("../rome")
