"""Her own values in words: every released one, and nothing that a time zone or a template could shift."""

import pytest

from consent.pages.controls import iso_date
from consent.pages.values import show_date, show_facts, show_item, show_period
from consent.profile.fields import DATASETS
from foundation.web.i18n import Catalogues
from foundation.web.kit import KIT
from tests.consent.sharing import AMINA

CATALOGUES = Catalogues([KIT.folder / "locales"])
FRENCH, ENGLISH = CATALOGUES.translator("fr"), CATALOGUES.translator("en", "Pacific/Kiritimati")


@pytest.mark.parametrize(
    ("text", "french", "english"),
    [
        ("1991-04-23", "23 avril 1991", "23 April 1991"),
        ("2021-09", "septembre 2021", "September 2021"),
        ("2021", "2021", "2021"),
    ],
)
def test_dates_read_as_they_are_written(text, french, english):
    assert show_date(text, FRENCH) == french
    assert show_date(text, ENGLISH) == english


@pytest.mark.parametrize(
    ("item", "text"),
    [
        ({"start": "2021", "end": "2022-03"}, "2021 – mars 2022"),
        ({"start": "2021", "current": True}, "depuis 2021"),
        ({"start": "2021"}, "depuis 2021"),
        ({"start": "2021", "current": False}, "à partir de 2021"),
        ({"end": "2021", "current": False}, "jusqu’à 2021"),
        ({"current": True}, "en poste actuellement"),
        ({"current": False}, ""),
        ({}, ""),
    ],
)
def test_periods(item, text):
    assert show_period(item, FRENCH) == text


def test_an_item_says_all_that_would_leave():
    shown = show_item(DATASETS["experiences"], AMINA["experiences"][0], FRENCH)
    assert shown.title == "Chargée d’accueil"
    assert shown.details == ("septembre 2021 – juin 2025", "Clinique des Tilleuls", "Lille", "ROME M1601")
    assert shown.prose
    narrow = show_item(
        DATASETS["experiences"], AMINA["experiences"][0], FRENCH, DATASETS["experiences"].fields[:2]
    )
    assert narrow == show_item(
        DATASETS["experiences"], {"title": shown.title, "company": "Clinique des Tilleuls"}, FRENCH
    )


@pytest.mark.parametrize("dataset", sorted(DATASETS))
def test_every_value_of_a_full_profile_is_shown_somewhere(dataset):
    for item in AMINA[dataset]:
        shown = show_item(DATASETS[dataset], item, FRENCH)
        facts = [text for pair in show_facts(DATASETS[dataset], item, FRENCH) for text in pair]
        said = " ".join([shown.title, *shown.details, shown.prose, *facts])
        for field in DATASETS[dataset].fields:
            value = item.get(field.name)
            if field.kind in {"text", "prose"} and value:
                assert value in said


def test_advisers_are_named_whole():
    shown = show_item(DATASETS["advisers"], AMINA["advisers"][0], FRENCH)
    assert (shown.title, shown.details) == (
        "Claire Dumont",
        ("Placement", "Madame", "claire.dumont@example.org"),
    )


def test_unknown_choices_are_shown_as_they_are():
    assert show_item(DATASETS["skills"], {"label": "x", "level": "expert"}, FRENCH).details == ("expert",)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("15/03/2021", "2021-03-15"), ("5.3.2021", "2021-03-05"), ("3/2021", "2021-03"), ("2021", "2021"),
        ("2021-03-15", "2021-03-15"), ("mars 2021", "mars 2021"), ("٢٠٢١", "٢٠٢١"),
        ("99/99/2021", "2021-99-99"),
    ],
)  # fmt: skip
def test_dates_as_people_write_them(typed, stored):
    assert iso_date(typed) == stored
