"""Who reads decides the language; hostile wishes change nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.clock import DAY, SECOND
from foundation.web import dates, pseudo
from foundation.web.i18n import Catalogues, Translator, typeset
from foundation.web.kit import KIT

# 22 November 2026, 08:42:07 UTC
MORNING = 1_795_336_927 * SECOND


@pytest.fixture(scope="module")
def catalogues():
    return Catalogues([KIT.folder / "locales"], made_up=True)


@pytest.fixture
def french(catalogues) -> Translator:
    return catalogues.translator("fr")


@pytest.fixture
def english(catalogues) -> Translator:
    return catalogues.translator("en")


@pytest.mark.parametrize(
    ("asked", "cookie", "ui_locales", "accept", "tag"),
    [
        (None, None, "", "", "fr"),
        ("en", "fr", "fr", "fr", "en"),
        (None, "en", "fr", "fr", "en"),
        (None, None, "en fr", "fr", "en"),
        (None, None, "de en-GB", "fr", "en"),
        (None, None, "", "en-US,en;q=0.9,fr;q=0.8", "en"),
        (None, None, "", "de,fr;q=0.3,en;q=0.4", "en"),
        (None, None, "", "en;q=0,fr", "fr"),
        (None, None, "", "en;q=high", "fr"),
        (None, None, "", "*", "fr"),
        ("xx", "../../etc", "zz", "zz;q=9", "fr"),
        ("EN", None, "", "", "en"),
        ("en\0", None, "", "", "fr"),
        ("e" * 99, None, "", "", "fr"),
        ("ar-XB", None, "", "", "ar-XB"),
    ],
)
def test_the_language_is_chosen_in_order(catalogues, asked, cookie, ui_locales, accept, tag):  # noqa: PLR0917  # table
    assert catalogues.choose(asked=asked, cookie=cookie, ui_locales=ui_locales, accept=accept) == tag


@given(st.text(), st.text(), st.text(), st.text())
def test_any_wish_has_an_answer(asked, cookie, ui_locales, accept):
    catalogues = _BARE
    assert catalogues.choose(asked=asked, cookie=cookie, ui_locales=ui_locales, accept=accept) in {"fr", "en"}


_BARE = Catalogues([])


def test_made_up_languages_are_for_tests_alone():
    assert _BARE.tags == ("fr", "en")
    assert _BARE.match("en-XA") == "en"


def test_french_counts_zero_and_one_as_singular(french, english):
    forms = ("Une réponse est à revoir", "%(num)s réponses sont à revoir")
    # Where the singular says "one" in a word, none is not told by it.
    assert [french.ngettext(*forms, n) for n in (0, 1, 2)] == [forms[1], forms[0], forms[1]]
    counted = ("%(num)s jour", "%(num)s jours")
    assert [french.ngettext(*counted, n) for n in (0, 1, 2)] == [counted[0], counted[0], counted[1]]
    assert english.ngettext(*forms, 1) == "One answer needs another look"
    assert english.ngettext(*forms, 0).startswith("%(num)s answers")


def test_french_punctuation_gets_its_no_break_spaces():
    assert typeset("« Oui » : vraiment ? Oui !") == "«\u00a0Oui\u00a0»\u00a0: vraiment\u202f? Oui\u202f!"


def test_what_is_not_translated_stays_french(english):
    assert english.gettext("Sans traduction") == "Sans traduction"


def test_moments_read_in_the_readers_zone(french, english, catalogues):
    assert french.moment(MORNING) == "22 novembre 2026 à 09:42"
    assert french.moment(MORNING, MORNING + SECOND) == "aujourd’hui à 09:42"
    assert french.moment(MORNING, MORNING + DAY) == "hier à 09:42"
    assert french.moment(MORNING, MORNING + 2 * DAY) == "22 novembre 2026 à 09:42"
    assert english.moment(MORNING) == "22 November 2026 at 09:42"
    first = MORNING + 9 * DAY  # as French writes it, and as nobody writes it elsewhere in a date
    assert (french.dates.day(first), english.dates.day(first)) == ("1er décembre 2026", "1 December 2026")
    assert french.dates.weekday(first) == "mardi 1er décembre 2026"
    assert french.moment(first - 20 * DAY) == "11 novembre 2026 à 09:42"
    tokyo = catalogues.translator("fr", "Asia/Tokyo")
    assert tokyo.moment(MORNING) == "22 novembre 2026 à 17:42"
    assert tokyo.dates.exact(MORNING) == "22/11/2026 17:42:07 JST"
    assert tokyo.dates.weekday(MORNING) == "dimanche 22 novembre 2026"
    assert tokyo.dates.place() == "Tokyo"
    assert catalogues.translator("fr", "America/Sao_Paulo").dates.place() == "São Paulo"
    assert catalogues.translator("en", "America/New_York").dates.place() == "New York"


@pytest.mark.parametrize(
    "zone", [None, "", "Mars/Olympus", "../../etc/passwd", "Europe/Paris\0", "/etc/localtime"]
)
def test_an_unknown_zone_is_paris(zone):
    assert str(dates.zone_of(zone)) == "Europe/Paris"


def test_a_machine_without_zones_speaks_utc(monkeypatch):
    monkeypatch.setattr(dates, "zones", frozenset)
    assert str(dates.zone_of("Asia/Tokyo")) == "UTC"


def test_days_change_at_the_readers_midnight(french):
    before_midnight = MORNING + 14 * 3600 * SECOND  # 23:42 in Paris
    assert french.dates.days_between(MORNING, before_midnight) == 0
    assert french.dates.days_between(before_midnight, before_midnight + 3600 * SECOND) == 1


def test_numbers_are_grouped(french, english):
    assert french.number(1_284_311).replace("\u202f", " ") == "1 284 311"
    assert english.number(1_284_311) == "1,284,311"


def test_made_up_texts_keep_their_placeholders_and_markup(catalogues):
    text = "Pour <b class='x'>%(name)s</b> &amp; 100%%"
    accented = pseudo.accent(text)
    assert accented.startswith("[Pöûr <b class='x'>%(name)s</b> &amp; 100%%")
    assert len(accented) > len(text) * 1.4
    assert max(map(len, pseudo.accent("a " * 100).split())) < 14  # lines can still break
    assert catalogues.translator(pseudo.MIRRORED).gettext("Oui") == "\u202eOui\u202c"
    assert catalogues.translator(pseudo.MIRRORED).language.direction == "rtl"
