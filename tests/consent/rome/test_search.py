"""The subset that ships with Accord: searching it, and what it says of the demonstration's people."""

import asyncio
import re

import orjson
import pytest

from consent.profile.personas import PERSONAS, load_persona
from consent.rome.search import (
    expected_skills,
    find_sheet_label,
    find_skill,
    find_title,
    live_edition,
    search_skills,
    search_titles,
    skill_named,
)
from consent.rome.subset import SHIPPED, ensure_some, load_subset
from consent.rome.words import wanted, words_of
from foundation.clock import SECOND
from foundation.folding import fold
from tests.support import ROOT

SUBSET = orjson.loads((ROOT / "consent/rome/data/rome.json").read_bytes())


@pytest.fixture
async def rome(db, clock):
    await ensure_some(db, clock)
    async with db.reading() as tx:
        yield tx


def test_codes_have_their_shapes_and_every_name_leads_somewhere():
    titles = [title for sheet in SUBSET["sheets"] for title in sheet["titles"]]
    assert len(SUBSET["sheets"]) >= 15
    assert 60 <= len(titles) <= 100
    for sheet in SUBSET["sheets"]:
        assert re.fullmatch(r"[A-N]\d{4}", sheet["code"])
        assert len(sheet["skills"]) >= 8
        assert len(sheet["skills"]) == len(set(sheet["skills"]))
    assert all(re.fullmatch(r"\d{5,6}", code) for code in [*SUBSET["skills"], *(t["code"] for t in titles)])
    assert {skill["kind"] for skill in SUBSET["skills"].values()} == {"know_how", "knowledge", "soft"}
    assert {code for sheet in SUBSET["sheets"] for code in sheet["skills"]} == set(SUBSET["skills"])


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("secretaire medicale", "Secrétaire médical / Secrétaire médicale"),
        ("SECRÉTAIRE MÉDICAL", "Secrétaire médical / Secrétaire médicale"),
        ("assist admin", "Assistant administratif / Assistante administrative"),
        ("hote caisse", "Hôte / Hôtesse de caisse"),
        ("N1103", "Préparateur / Préparatrice de commandes"),
        ("  développeur, ", "Développeur / Développeuse informatique"),
        ("sec secretaire bilingue", "Secrétaire bilingue"),
    ],
)
async def test_a_search_ignores_case_accents_and_word_ends(rome, query, first):
    assert (await search_titles(rome, query))[0].label == first


@pytest.mark.parametrize("query", ["", "   ", "%", "zzzz", "'; drop", "\x00", "é" * 10_000, "_", "b"])
async def test_a_search_for_nothing_finds_nothing(rome, query):
    assert await search_titles(rome, query) == []


async def test_a_search_is_bounded(rome):
    assert len(await search_titles(rome, "secretaire", most=3)) == 3
    assert len(await search_skills(rome, "des")) <= 20
    assert len(wanted(" ".join(f"mot{number}" for number in range(40)))) == 5


async def test_a_short_word_is_matched_whole(rome):
    assert await search_skills(rome, "de") != []
    assert await search_titles(rome, "se") == []


async def test_skills_are_searched_too_and_expected_by_job(rome):
    assert (await search_skills(rome, "rediger compte rendu"))[0].code == "300408"
    assert (await search_skills(rome, "300361"))[0].label == "Accueillir, orienter, renseigner un public"
    expected = await expected_skills(rome, "M1607")
    assert expected[0].code == "300361"  # in the sheet's own order
    assert await expected_skills(rome, "Z9999") == []


async def test_one_code_one_thing(rome):
    title = await find_title(rome, "19364")
    assert title is not None
    assert (title.sheet, title.sheet_label) == ("M1607", "Secrétaire")
    assert await find_sheet_label(rome, "M1607") == "Secrétaire"
    assert await find_skill(rome, "nothing") is None
    assert await find_title(rome, "nothing") is None
    assert await find_sheet_label(rome, "nothing") is None


async def test_a_skill_is_named_exactly_or_not_at_all(rome):
    found = await skill_named(rome, fold("ACCUEILLIR, orienter, renseigner un PUBLIC"))
    assert found is not None
    assert found.code == "300361"
    assert await skill_named(rome, fold("Accueillir un public")) is None


async def test_the_subset_is_loaded_once_and_gives_way_to_an_edition(db, clock):
    async with db.transaction() as tx:  # another version of Accord shipped another subset
        await load_subset(tx, clock.now())
    async with db.reading() as tx:
        before = await live_edition(tx)
    clock.advance(SECOND)
    await asyncio.gather(*(ensure_some(db, clock) for _ in range(4)))  # several nodes start at once
    await ensure_some(db, clock)
    async with db.reading() as tx:
        live = await live_edition(tx)
        assert before is not None
        assert live is not None
        assert live.source == SHIPPED
        assert live.id != before.id
        assert len(await search_titles(tx, "secretaire bilingue")) == 1  # nothing is there twice


def test_words():
    assert words_of("Chargé / Chargée d'accueil M1601") == ["accueil", "charge", "chargee", "d", "m1601"]


@pytest.mark.parametrize("name", PERSONAS)
async def test_personas_use_true_codes(rome, name):
    persona = load_persona(name)
    for skill in persona["skills"]:
        if skill.rome_code:
            known = await find_skill(rome, skill.rome_code)
            assert known is not None
            assert known.label == skill.label
            assert (skill.kind == "soft") == (known.kind == "soft")
    for job in persona["job_targets"]:
        title = await find_title(rome, job.appellation_code)
        assert title is not None
        assert (title.label, title.sheet, title.sheet_label) == (job.label, job.rome_code, job.rome_label)
    for job in persona["experiences"]:
        assert await find_sheet_label(rome, job.rome_code)


async def test_the_personas_are_who_they_are(rome):
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
    expected = {skill.code for skill in await expected_skills(rome, amina["job_targets"][0].rome_code)}
    assert expected & hers
    assert expected - hers


def test_nobody_else_is_a_persona():
    with pytest.raises(LookupError, match="amina"):
        load_persona("../rome")
