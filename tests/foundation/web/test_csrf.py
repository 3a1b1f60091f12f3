"""Forged requests, and return paths that lead elsewhere."""

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from foundation.errors import AccordError
from foundation.web.csrf import FIELD, check, form_token, is_form_token, local_path, origin_of
from foundation.web.forms import parse

SECRET = b"k" * 32
ORIGIN = "https://accord.example"


def coming(**headers):
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "POST", "headers": pairs})


def form(token):
    return parse(f"{FIELD}={token}".encode())


@pytest.mark.parametrize(
    "headers",
    [
        {"sec_fetch_site": "same-origin"},
        {"sec_fetch_site": "same-origin", "origin": "null"},
        {"origin": ORIGIN},
        {},  # a program, not a browser: the token alone is the proof
    ],
)
def test_our_own_form_passes(headers):
    check(coming(**headers), form(form_token(SECRET)), SECRET, ORIGIN)


@pytest.mark.parametrize(
    "headers",
    [
        {"sec_fetch_site": "same-site", "origin": ORIGIN},
        {"sec_fetch_site": "cross-site", "origin": ORIGIN},
        {"sec_fetch_site": "none", "origin": ORIGIN},
        {"sec_fetch_site": "", "origin": ORIGIN},
        {"origin": "null"},
        {"origin": "https://accord.example:8443"},
        {"origin": "https://accord.example.evil"},
        {"origin": "http://accord.example"},
    ],
)
def test_another_origin_does_not(headers):
    with pytest.raises(AccordError) as caught:
        check(coming(**headers), form(form_token(SECRET)), SECRET, ORIGIN)
    assert (caught.value.code, caught.value.status) == ("csrf_refused", 403)


@pytest.mark.parametrize(
    "token",
    [
        "",
        "00",
        "zz",
        "é",
        "a" * 64,
        pytest.param(form_token(b"another session's" * 2), id="another session's"),
        "0" * 1000,
    ],
)
def test_a_wrong_token_does_not(token):
    with pytest.raises(AccordError):
        check(coming(sec_fetch_site="same-origin"), form(token), SECRET, ORIGIN)


def test_a_token_is_never_written_twice_alike():
    tokens = {form_token(SECRET) for _ in range(20)}
    assert len(tokens) == 20
    assert all(is_form_token(token, SECRET) for token in tokens)


@given(st.text())
def test_no_text_is_a_token(text):
    assert not is_form_token(text, SECRET)


def test_origins_are_written_as_browsers_write_them():
    assert origin_of("https://Accord.Example/path") == ORIGIN
    assert origin_of("http://127.0.0.1:8000") == "http://127.0.0.1:8000"


@pytest.mark.parametrize(
    "path", ["/", "/account", "/account?x=1&y=%2F", "/@me", "/authorize/continue/0a#top"]
)
def test_local_paths_are_kept(path):
    assert local_path(path) == path


@pytest.mark.parametrize(
    "path",
    [
        "", "account", "//evil.example", "/\\evil.example", "\\evil", "/\tevil", "/;@evil", "/a;b",
        " /account", "https://evil.example", "javascript:alert(1)", "/%5cevil", "/%09/evil",
        "/%0d%0aLocation:x", "/é", "/a b", "/\n/evil", "/a\\b", "/" + "a" * 5000,
    ],
)  # fmt: skip
def test_what_could_lead_elsewhere_is_not(path):
    assert local_path(path, "/home") == "/home"


@given(st.text(st.sampled_from("/\\;:@%.?#ab09 \t\r\n\x005cfF"), max_size=12))
def test_a_kept_path_stays_on_its_origin(text):
    kept = local_path("/" + text)
    assert urlsplit(urljoin("https://accord.example/x", kept)).netloc == "accord.example"
