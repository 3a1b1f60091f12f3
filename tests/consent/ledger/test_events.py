"""The catalogue: closed, golden, and refused at import where a class could not be a leaf."""

import pytest

from consent.events import AuditorSearched, ConsentRevoked
from consent.ledger.events import Event, catalogue, event, sealed
from consent.ledger.privacy import PersonalDataError, looks_personal, refuse_personal

REVOKED = ConsentRevoked(
    client="coach", grant="a" * 32, revision=2, scopes="skills", by="person", record="0" * 64
)


def test_undeclared_fields_are_refused():
    with pytest.raises(TypeError):
        ConsentRevoked(
            client="coach", grant="a", revision=1, scopes="", by="person", email="amina@example.org"
        )
    with pytest.raises(TypeError):
        ConsentRevoked(client="coach")
    with pytest.raises(AttributeError):
        REVOKED.client = "another"


@pytest.mark.parametrize(
    ("field", "hint"),
    [
        ("items", tuple[str, ...]),
        ("items", list[str]),
        ("weight", float),
        ("weight", float | None),
        ("anything", object),
        ("person", str),
        ("time", int),
        ("salt", str),
        ("UpperCase", str),
        ("client", int),
        ("revision", str),
    ],
)
def test_a_class_that_could_not_be_a_leaf_is_refused_at_import(field, hint):
    with pytest.raises(TypeError, match=field):
        event("test.bad", log="security")(type("Bad", (Event,), {"__annotations__": {field: hint}}))
    assert "test.bad" not in {line.name for line in catalogue()}


@pytest.mark.parametrize("name", ["registration_token.made", "Data.read", "data", "data.read2", "data."])
def test_a_name_that_no_verifier_takes_is_refused_at_import(name):
    with pytest.raises(TypeError, match="cannot name an event"):
        event(name, log="security")(type("Bad", (Event,), {"__annotations__": {}}))


def test_a_name_is_declared_once():
    with pytest.raises(TypeError, match="twice"):
        event("data.read", log="consent")(type("Another", (Event,), {"__annotations__": {}}))


# --- the guard of the test suite --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "amina@example.org",
        "write to a.b@c.fr please",
        "0612345678",
        "06 12 34 56 78",
        "tel:+33 6 12 34 56 78",
        "+33612345678",
        "0033612345678",
        "1 85 05 78 006 084 36",
        "185057800608436",
    ],
)
def test_what_looks_personal(text):
    assert looks_personal(text)
    with pytest.raises(PersonalDataError):
        refuse_personal(AuditorSearched(view="search", filters=text, first_page=True, criteria=""))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "skills trainings",
        "0" * 32,
        "01a3185c5000061234567800000000aa",
        "M1805",
        "180d",
        "4bf92f3577b34da6",
    ],
)
def test_what_does_not_look_personal(text):
    assert looks_personal(text) is None


def test_a_sealed_field_may_be_personal():
    refuse_personal(AuditorSearched(view="search", filters="", first_page=True, criteria="amina@example.org"))
    assert sealed().metadata == {"sealed": True}
