import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from consent.profile.texts import Email, Line, Name, PartialDate, Phone, Prose, Siret, WholeDate


def accepts(kind, value):
    return TypeAdapter(kind).validate_python(value)


def refusal(kind, value):
    with pytest.raises(ValidationError) as caught:
        accepts(kind, value)
    return caught.value.errors()[0]["type"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a\x00b", "control_character"),
        ("a\nb", "control_character"),
        ("a\r\nb", "control_character"),
        ("\ta", "control_character"),
        ("a\x85", "control_character"),
        ("a\ud800", "control_character"),
        ("a\ue000", "control_character"),
        ("admin\u202egnp.exe", "text_direction"),
        ("\u2066x\u2069", "text_direction"),
        ("a\u200bb", "invisible_character"),
        ("a\ufeff", "invisible_character"),
        ("a\u2028b", "invisible_character"),
        ("", "string_too_short"),
        ("   ", "string_too_short"),
        ("\u00a0", "string_too_short"),
        ("x" * 101, "string_too_long"),
        ("x" * 10_000_000, "string_too_long"),
        (" " * 30_000 + "x", "string_too_long"),
        (7, "string_type"),
        (None, "string_type"),
        (b"x", "string_type"),
    ],
)
def test_a_name_is_one_visible_line(text, why):
    assert refusal(Name, text) == why


def test_texts_are_trimmed_and_composed():
    assert accepts(Name, "  Zoe\u0301  ") == "Zoé"
    assert accepts(Name, "O’Brien-N’Diaye") == "O’Brien-N’Diaye"
    assert accepts(Name, "ليلى") == "ليلى"
    assert accepts(Line, "x" * 200) == "x" * 200


def test_prose_keeps_its_lines_and_nothing_worse():
    assert accepts(Prose, "un\r\ndeux\n\ttrois") == "un\ndeux\n\ttrois"
    assert refusal(Prose, "un\rdeux") == "control_character"
    assert refusal(Prose, "un\x1b[31m") == "control_character"
    assert refusal(Prose, "\u202eun") == "text_direction"
    assert refusal(Prose, "x" * 2001) == "string_too_long"
    assert refusal(Prose, 3) == "string_type"


@pytest.mark.parametrize("text", ["2019", "2019-03", "2019-03-15", "1900-01-01", "2100", "2024-02-29"])
def test_partial_dates_stay_as_written(text):
    assert accepts(PartialDate, text) == text


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("0000", "date_year"),
        ("9999-12-31", "date_year"),
        ("1899", "date_year"),
        ("2101-01", "date_year"),
        ("2019-13", "date_day"),
        ("2019-00", "date_day"),
        ("2023-02-29", "date_day"),
        ("2019-3", "date_form"),
        ("03/2019", "date_form"),
        ("2019-03-15T00:00:00+01:00", "string_too_long"),
        ("٢٠١٩", "date_form"),
        ("2019\n", "date_form"),
        ("", "date_form"),
        (2019, "string_type"),
    ],
)
def test_other_dates_are_refused(text, why):
    assert refusal(PartialDate, text) == why


def test_a_birth_date_is_whole():
    assert accepts(WholeDate, "1976-03-12") == "1976-03-12"
    assert refusal(WholeDate, "1976-03") == "date_whole"
    assert refusal(WholeDate, "9999-01-01") == "date_year"


def test_a_siret_is_checked():
    assert accepts(Siret, "77569474807916") == "77569474807916"
    assert accepts(Siret, "35600000000048") == "35600000000048"  # La Poste, headquarters
    assert accepts(Siret, "35600000049837") == "35600000049837"  # La Poste: digits sum to a multiple of 5
    assert refusal(Siret, "77569474807917") == "siret"
    assert refusal(Siret, "35600000049838") == "siret"
    assert refusal(Siret, "7756947480791") == "siret"
    assert refusal(Siret, "7756947480791a") == "siret"


def test_phones_and_addresses():
    assert accepts(Phone, "+33 6 39 98 12 34") == "+33 6 39 98 12 34"
    assert accepts(Email, "a@b.example") == "a@b.example"
    for bad in ("abc", "06\n39981234", "1" * 30):
        assert refusal(Phone, bad)
    for bad in ("a@b", "@b.c", "a b@c.d", "a@b.c\n", "x" * 300 + "@b.c"):
        assert refusal(Email, bad)


@given(st.text(max_size=150))
def test_whatever_a_name_is_it_ends_clean_or_refused(text):
    try:
        kept = accepts(Name, text)
    except ValidationError:
        return
    assert kept == kept.strip()
    assert 0 < len(kept) <= 100
    assert kept.isprintable() or any(ord(character) > 127 for character in kept)
    assert accepts(Name, kept) == kept
