"""The short code: what is made, and what is taken for it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.device.codes import ALPHABET, new_code, read_code, shown

LETTERS = st.text(ALPHABET, min_size=8, max_size=8)


def test_a_fresh_code_is_eight_letters_in_two_halves() -> None:
    code = new_code()
    assert code[4] == "-"
    assert set(code) <= {*ALPHABET, "-"}
    assert shown(read_code(code) or "") == code


def test_the_letters_are_those_of_the_rfc() -> None:
    assert len(set(ALPHABET)) == 20
    assert not set(ALPHABET) & set("AEIOUY0123456789")


@given(LETTERS, st.lists(st.sampled_from(" -–—.\t "), min_size=9, max_size=9))
def test_case_and_what_stands_between_do_not_matter(letters: str, between: list[str]) -> None:
    typed = "".join(gap + one for gap, one in zip(between, letters.lower() + " ", strict=True))
    assert read_code(typed) == letters


@pytest.mark.parametrize(
    "typed", ["", "BCDF", "BCDFGHJKL", "BCDFGHJA", "BCDFGHJ1", "\x00" * 8, "ß" * 4, "Ⅷ" * 8]
)
def test_nothing_else_is_a_code(typed: str) -> None:
    assert read_code(typed) is None


@given(st.text(max_size=200))
def test_hostile_text_is_refused_or_read(typed: str) -> None:
    letters = read_code(typed)
    assert letters is None or (len(letters) == 8 and set(letters) <= set(ALPHABET))
