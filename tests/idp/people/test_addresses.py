"""Addresses: hostile text in, one key a mailbox out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.people.addresses import digest_of, digest_of_text, parse_address

KEY = b"k" * 32


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("amina@example.org", "amina@example.org"),
        ("  Amina@Example.ORG\n", "amina@example.org"),
        ("amina+jobs@example.org", "amina+jobs@example.org"),
        ("a.mina@example.org", "a.mina@example.org"),
        ("o'neil_{x}@sub.example.co.uk", "o'neil_{x}@sub.example.co.uk"),
        ("amina@exämple.org", "amina@xn--exmple-cua.org"),
        ("amina@xn--exmple-cua.org", "amina@xn--exmple-cua.org"),
        ("amina@EXÄMPLE。org", "amina@xn--exmple-cua.org"),
        ("zoé@example.org", "zoé@example.org"),
        ("zoe\u0301@example.org", "zoé@example.org"),
    ],
)
def test_one_key_for_each_mailbox(typed: str, key: str):
    address = parse_address(typed)
    assert address is not None
    assert address.key == key


def test_what_she_typed_is_what_she_is_shown_and_the_domain_is_what_is_delivered_to():
    address = parse_address(" Amina@Exämple.org ")
    assert address is not None
    assert (address.text, address.delivery) == ("Amina@Exämple.org", "Amina@xn--exmple-cua.org")
    assert address.local == "Amina"
    assert "Amina" not in repr(address)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "amina",
        "@example.org",
        "amina@",
        "amina@localhost",
        "amina@example",
        "amina@example.123",
        "amina@[127.0.0.1]",
        "amina@127.0.0.1",
        "amina@-example.org",
        "amina@exam_ple.org",
        "amina@example..org",
        "amina@example.org.",
        ".amina@example.org",
        "amina.@example.org",
        "am..ina@example.org",
        '"amina b"@example.org',
        "amina b@example.org",
        "a@b@example.org",
        "amina\x00@example.org",
        "amina@example.org\x00",
        "amina\r\nBcc: x@example.org",
        "amina\u202e@example.org",
        "amina\u200b@example.org",
        "amina@exam\u200bple.org\u0007",
        "Amina <amina@example.org>",
        "amina@example.org,bruno@example.org",
        "a" * 65 + "@example.org",
        "é" * 33 + "@example.org",
        "amina@" + "a" * 64 + ".org",
        "amina@" + "a." * 150 + "org",
        "a" * 10_000 + "@example.org",
        "@" * 10_000,
        "amina@" + "ä" * 240 + ".org",
        "\ud800@example.org",
    ],
)
def test_what_no_mail_could_reach_is_no_address(typed: str):
    assert parse_address(typed) is None


@pytest.mark.parametrize("lookalike", ["mıke@example.org", "miKe@example.org", "ｍike@example.org"])
def test_lookalikes_are_other_people(lookalike: str):
    plain, other = parse_address("mike@example.org"), parse_address(lookalike)
    assert plain is not None
    assert other is not None
    assert other.key != plain.key or lookalike.isascii()


def test_the_digest_of_typed_text_is_that_of_its_address():
    address = parse_address("Amina@example.org")
    assert address is not None
    assert digest_of_text(KEY, " amina@EXAMPLE.org") == digest_of(KEY, address)
    assert digest_of_text(b"o" * 32, "amina@example.org") != digest_of(KEY, address)


@given(st.text())
def test_any_text_has_a_digest(text: str):
    assert len(digest_of_text(KEY, text)) == 32
    address = parse_address(text)
    if address is not None:
        again = parse_address(address.text)
        assert again == address
        assert "\n" not in address.delivery
