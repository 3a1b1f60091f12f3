"""What a partner's declaration must say before anybody reads it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.catalogue import CATALOGUE, Phrase
from consent.limits import Frequency
from idp.clients.declaration import ALWAYS, Declaration, declared_in, explained, faults, put_into
from idp.clients.metadata import ClientMetadata

REASON = Phrase("pour trouver un métier", "to find a job")
GOOD: dict[str, Any] = {
    "required_scopes": ("openid", "profile"),
    "optional_scopes": ("skills", "offline_access"),
    "scope_reasons": {"profile": REASON, "skills": REASON},
    "purpose": Phrase("vous proposer un plan", "suggest a plan"),
    "retention": Phrase("Un mois.", "A month."),
    "frequency": Frequency(20, "day"),
    "use_basis": "contract",
}
METADATA = ClientMetadata(name="Cap", redirect_uris=("https://cap.example/callback",))


def said(**changed: Any) -> Declaration:
    return Declaration(**GOOD | changed)


def test_a_whole_declaration_has_no_fault():
    assert faults(said()) == {}


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        (
            {"scope_reasons": {"profile": REASON}},
            {"reason-skills-fr": "missing", "reason-skills-en": "missing"},
        ),
        ({"purpose": Phrase("vous aider", " ")}, {"purpose-en": "missing"}),
        ({"purpose": Phrase("x" * 201, "x")}, {"purpose-fr": "too_long"}),
        ({"purpose": Phrase("vous\u202eaider", "help")}, {"purpose-fr": "unprintable"}),
        ({"purpose": Phrase("voir https://cap.example", "see")}, {"purpose-fr": "address"}),
        (
            {"retention": Phrase("Voir WWW.cap.example", "a@cap.example")},
            {"retention-fr": "address", "retention-en": "address"},
        ),
        ({"retention": None}, {"retention-fr": "missing", "retention-en": "missing"}),
        ({"purpose_code": "profiling"}, {"purpose_code": "unknown"}),
        ({"use_basis": ""}, {"use_basis": "missing"}),
        ({"use_basis": "because"}, {"use_basis": "missing"}),
        ({"use_basis": "consent"}, {"no_detriment": "attest"}),
        ({"use_basis": "public_task", "public_body": True}, {"no_detriment": "attest"}),
    ],
)  # fmt: skip
def test_what_is_missing_or_cannot_stand_is_named_by_its_field(
    changed: dict[str, Any], found: dict[str, str]
):
    assert faults(said(**changed)) == found


def test_who_attests_may_rely_on_consent_or_be_public():
    assert faults(said(use_basis="consent", public_body=True, no_detriment=True)) == {}


def test_lines_of_the_screen_are_explained():
    assert [name for name in CATALOGUE if not explained(name)] == [ALWAYS, "offline_access"]


def test_the_registry_holds_what_was_declared():
    held = put_into(METADATA, said(), 3)
    assert declared_in(held) == said()
    assert (held.declaration, held.name, held.redirect_uris) == (3, "Cap", METADATA.redirect_uris)
    assert ClientMetadata.model_validate_json(held.model_dump_json()) == held
    assert held.grounds is not None
    assert (held.grounds.use, held.grounds.disclosure) == ("contract", "consent")
    assert METADATA.grounds is None


def test_a_number_of_days_changes_the_digest_and_none_leaves_it():
    assert said(retention_days=None).digest == said().digest
    assert said(retention_days=30).digest != said().digest
    assert put_into(METADATA, said(retention_days=30), 2).retention_days == 30


PHRASES = st.builds(Phrase, st.text(max_size=30), st.text(max_size=30))


@given(
    optional=st.sets(st.sampled_from([name for name in CATALOGUE if name != ALWAYS])),
    phrase=PHRASES,
    frequency=st.none()
    | st.builds(Frequency, st.integers(1, 10_000), st.sampled_from(["day", "week", "month"])),
)
def test_a_declaration_survives_its_row_and_keeps_its_digest(
    optional: set[str], phrase: Phrase, frequency: Frequency | None
):
    declared = Declaration(
        optional_scopes=tuple(sorted(optional)),
        scope_reasons=dict.fromkeys(sorted(optional), phrase),
        purpose=phrase,
        frequency=frequency,
    )
    again = Declaration.model_validate_json(declared.model_dump_json())
    assert again == declared
    assert again.digest == declared.digest
    assert again.scopes == tuple(name for name in CATALOGUE if name in {ALWAYS, *optional})
