"""Transfers out of the Union and decisions without a human: asked about when declared, and said when not."""

import pytest

from consent.abroad import OUTSIDE, SAFEGUARDS, Transfers
from consent.catalogue import Phrase
from consent.coverage import Ask, Covered, covers
from consent.pages.abroad import country_names, transfers_words
from consent.pages.changes import change_lines
from foundation.clock import DAY
from tests.consent.sharing import request
from tests.consent.test_coverage import NOW, long
from tests.consent.test_grounds import WORDS

ABROAD = Transfers(("US", "MA"), "standard_clauses")
RANKS = Phrase("Un programme classe les profils.", "A program ranks profiles.")


def test_nothing_declared_is_no_element_and_no_new_question():
    assert not {"transfers", "automated"} & request().elements.keys()
    assert isinstance(covers(long("skills"), request(), NOW + DAY), Covered)


@pytest.mark.parametrize("said", [{"transfers": ABROAD}, {"automated": RANKS}])
def test_what_is_declared_later_is_asked_about_alone_and_ends_unasked(said):
    changed = covers(long("skills"), request(**said), NOW + DAY)
    assert isinstance(changed, Ask)
    assert changed.elements == tuple(said)
    (line,) = change_lines(changed.changes, WORDS.translator("fr"))
    assert (line.before, bool(line.after)) == ("", True)
    assert isinstance(covers(long("skills", asked=request(**said)), request(), NOW + DAY), Covered)


def test_another_country_or_safeguard_is_told_before_and_after():
    before = long("skills", asked=request(transfers=ABROAD))
    for after in (Transfers(("US",), "standard_clauses"), Transfers(("US", "MA"), "adequacy")):
        changed = covers(before, request(transfers=after), NOW + DAY)
        assert isinstance(changed, Ask)
        (line,) = change_lines(changed.changes, WORDS.translator("fr"))
        assert line.before != line.after


def test_in_words_for_every_safeguard():
    french, english = WORDS.translator("fr"), WORDS.translator("en")
    for code in SAFEGUARDS:
        element = {"countries": ["US", "MA"], "safeguard": code}
        assert "États-Unis, Maroc" in transfers_words(element, french)
        assert "United States, Morocco" in transfers_words(element, english)
    assert country_names(["US", "QQ"], "en") == "United States, QQ"


@pytest.mark.parametrize(
    ("countries", "safeguard"),
    [
        ((), "adequacy"),
        (("FR",), "adequacy"),
        (("US",), "trust us"),
        (("us",), "adequacy"),
        (("EU",), "adequacy"),
    ],
)
def test_a_transfer_names_countries_outside_and_what_protects_the_data(countries, safeguard):
    with pytest.raises(ValueError, match=r"countries are|a safeguard is"):
        Transfers(countries, safeguard)


def test_the_union_and_its_neighbours_in_the_area_are_no_transfer():
    assert not OUTSIDE & {"FR", "DE", "NO", "IS", "LI", "RE", "EU", "ZZ"}
    assert {"US", "GB", "CH", "MA", "JP"} <= OUTSIDE
    assert len(OUTSIDE) > 190
