from dataclasses import replace

import pytest

from consent.catalogue import PURPOSES, Phrase
from consent.limits import Frequency
from consent.requests import UNDECLARED_RETENTION, Asker, Motives, ask_to_share, is_answered
from foundation.errors import AccordError
from tests.consent.sharing import COACH, request


def limited(**limits):
    return ask_to_share(COACH, ["openid", "skills"], motives=Motives(**limits))


def test_scopes_come_in_the_order_of_the_catalogue_and_offline_is_no_box():
    asked = ask_to_share(COACH, ["trainings", "offline_access", "skills", "openid"])
    assert asked.scopes == ("openid", "skills", "trainings")
    assert asked.offline
    assert not ask_to_share(COACH, ["openid"]).offline


def test_what_the_app_does_not_say_the_catalogue_does():
    asked = ask_to_share(COACH, ["skills"], motives=Motives(reasons={"trainings": Phrase("x", "x")}))
    assert asked.asks[0].reason.fr == "pour repérer les métiers proches du vôtre"
    assert asked.purpose == PURPOSES["career_guidance"].sentence
    assert asked.retention == UNDECLARED_RETENTION
    assert request("skills", reasons={"skills": "pour voir"}).asks[0].reason.fr == "pour voir"


def test_required_scopes_are_those_asked():
    asked = ask_to_share(COACH, ["openid", "skills"], ["openid", "profile"])
    assert asked.required == {"openid"}


@pytest.mark.parametrize(
    ("ask", "code", "said"),
    [
        (lambda: ask_to_share(COACH, ["openid", "skils", "\u202eevil"]), "unknown_scope", "'skils'"),
        (lambda: ask_to_share(COACH, ["openid"], motives=Motives("ads")), "unknown_purpose", "'ads'"),
        (lambda: limited(fields={"skills": ["label", "id"]}), "unknown_field", "'id'"),
        (lambda: limited(fields={"skills": []}), "unknown_field", "''"),
        (lambda: limited(fields={"openid": ["sub"]}), "unknown_field", "'sub'"),
        (lambda: limited(duration="366d"), "invalid_duration", "365d"),
    ],
)
def test_what_is_not_known_is_named(ask, code, said):
    with pytest.raises(AccordError) as caught:
        ask()
    assert caught.value.code == code
    assert said in caught.value.description
    assert caught.value.description.isascii()


def test_a_digest_follows_what_is_said_and_nothing_else():
    one = request()
    assert one.digest == request().digest
    assert one.digests == request().digests
    assert request(required=("openid",)).digest == one.digest  # required or not says nothing new of what goes
    same = replace(
        COACH, contact="x", homepage="https://new.example", verified_on="2026-01-01", loopback=True
    )
    assert request(asker=same).digest == one.digest
    for other in (
        request("openid", "skills"),
        request(reasons={"skills": "pour autre chose"}),
        request(purpose="autre chose"),
        request(asker=replace(COACH, name="Cap")),
        request(asker=replace(COACH, legal_entity="Autre SAS")),
        request(asker=replace(COACH, privacy_url="https://elsewhere.example")),
        request("openid", "profile", "skills", "experiences", "trainings"),
    ):
        assert other.digest != one.digest


def test_elements_name_what_can_change():
    elements = request("openid", "skills", "offline_access").elements
    assert list(elements) == [
        "recipient",
        "purpose",
        "retention",
        "frequency",
        "offline",
        "scope:openid",
        "scope:skills",
    ]
    assert elements["scope:skills"]["fields"] == ["label", "level", "kind", "rome_code"]
    assert elements["scope:openid"]["fields"] == ["sub"]
    assert "offline" not in request("openid").elements


def test_days_of_retention_are_asked_where_they_are_promised():
    """Who was asked before there was a number is asked anew only once one is promised, or changes."""
    before, one, many = limited(), limited(retention_days=1), limited(retention_days=90)
    assert "days" not in before.elements["retention"]
    assert (one.elements["retention"]["days"], many.elements["retention"]["days"]) == (1, 90)
    assert len({asked.digests["retention"] for asked in (before, one, many)}) == 3
    assert "1 jour après" in one.retention.fr
    assert "90 days after" in many.retention.en
    spoken = limited(retention=Phrase("Le temps du suivi.", "During support."), retention_days=90).retention
    assert spoken.fr == "Le temps du suivi. Tout est effacé au plus tard 90 jours après la fin."


def test_a_request_without_an_app_s_details_stands():
    assert ask_to_share(Asker("x", "X"), ["openid"]).elements["recipient"]["legal_entity"] == ""


def test_limits_are_part_of_what_is_asked():
    asked = limited(frequency=Frequency(5, "day"), duration="90d", fields={"skills": ["level", "label"]})
    assert asked.elements["frequency"] == {"reads": 5, "per": "day"}
    assert asked.elements["scope:skills"]["fields"] == ["label", "level"]
    assert asked.fields == {"openid": None, "skills": frozenset({"label", "level"})}
    assert asked.durations == ("once", "30d", "90d")
    assert limited().elements["frequency"] == {"reads": None, "per": None}
    every = limited(fields={"skills": ["label", "level", "kind", "rome_code"]})
    assert every.digests == limited().digests


def test_an_answer_stands_for_questions_about_no_more_fields():
    def digest(*fields):
        return limited(fields={"skills": fields} if fields else {}).digests["scope:skills"]

    for said, asked, stands in (
        (digest(), digest("label"), True),
        (digest("label", "level"), digest("label"), True),
        (digest("label"), digest("label"), True),
        (digest("label"), digest("label", "level"), False),
        (digest("label"), digest("level"), False),
        (digest("label"), digest(), False),
        (None, digest(), False),
        ("0" * 64, digest("label"), False),
    ):
        assert is_answered(asked, said) is stands
