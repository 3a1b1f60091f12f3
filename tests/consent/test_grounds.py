"""The lawful basis of each controller (recital 43): part of what a person answers to, in words she reads."""

from dataclasses import replace

from consent.coverage import Ask, Covered, covers
from consent.pages.grounds import grounds_words
from consent.purposes import LAWFUL_BASES, Grounds
from consent.requests import GROUNDS_ELEMENT, SharingRequest
from foundation.clock import DAY
from foundation.web.i18n import Catalogues
from foundation.web.kit import KIT
from tests.consent.sharing import request
from tests.consent.test_coverage import NOW, long

GROUNDS = Grounds("contract", no_detriment=True)
WORDS = Catalogues([KIT.folder / "locales", KIT.folder.parent.parent / "consent" / "locales"])


def asked(grounds: Grounds | None) -> SharingRequest:
    return request(grounds=grounds)


def test_each_controller_has_its_own():
    element = asked(GROUNDS).elements[GROUNDS_ELEMENT]
    assert element == {"use": "contract", "disclosure": "consent", "public_body": False, "no_detriment": True}


def test_an_app_that_never_said_its_own_is_not_made_to_say_one():
    assert GROUNDS_ELEMENT not in asked(None).elements


def test_another_ground_is_asked_about_and_nothing_else_is():
    standing = long("skills", asked=asked(GROUNDS))
    assert isinstance(covers(standing, asked(GROUNDS), NOW + DAY), Covered)
    changed = covers(standing, asked(replace(GROUNDS, use="legitimate_interests")), NOW + DAY)
    assert isinstance(changed, Ask)
    assert changed.elements == (GROUNDS_ELEMENT,)


def test_in_words_for_every_basis():
    french, english = WORDS.translator("fr"), WORDS.translator("en")
    for code in LAWFUL_BASES:
        element = asked(Grounds(code)).elements[GROUNDS_ELEMENT]
        assert grounds_words(element, french) != grounds_words(element, english)
    said = grounds_words(asked(GROUNDS).elements[GROUNDS_ELEMENT], french)
    assert said.startswith("Accord transmet : autorisation de la personne.".replace(" :", "\xa0:"))
    assert said.endswith("refuser n’a aucun effet sur vos droits.")
