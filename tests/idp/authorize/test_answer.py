"""The redirect that answers: the app's own state to the letter, and nobody else's address."""

from urllib.parse import parse_qsl, quote, urlsplit

from hypothesis import given
from hypothesis import strategies as st

from idp.authorize.answer import answer_url, named, redirect_origin
from idp.authorize.request import AuthorizeRequest
from tests.idp.support import ISSUER

URIS = (
    "https://coach.example/callback",
    "https://coach.example/callback?tenant=a%20b",
    "https://coach.example/callback?",
    "https://coach.example/callback?a=1&",
    "https://coach.example",
    "http://127.0.0.1:49152/callback",
    "com.example.app:/callback",
    "com.example.app://host/callback?x=1",
)
STATES = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)


def answered(redirect_uri: str, state: str | None, **fields: str) -> str:
    return answer_url(redirect_uri, named(AuthorizeRequest(state=state), ISSUER, fields))


@given(st.sampled_from(URIS), STATES, st.text(st.characters(exclude_categories=["Cs"]), max_size=50))
def test_any_state_comes_back_to_the_letter(uri: str, state: str, code: str) -> None:
    answer = answered(uri, state, code=code)
    pairs = dict(parse_qsl(urlsplit(answer).query, keep_blank_values=True))
    assert pairs["state"] == state
    assert pairs["code"] == code
    assert pairs["iss"] == ISSUER
    assert answer.isascii()
    assert answer.isprintable()


@given(st.sampled_from(URIS), STATES)
def test_no_state_changes_where_the_browser_goes(uri: str, state: str) -> None:
    answer = answered(uri, state, error="access_denied")
    assert answer.startswith(uri)
    asked, given = urlsplit(uri), urlsplit(answer)
    assert (given.scheme, given.netloc, given.path) == (asked.scheme, asked.netloc, asked.path)
    assert given.fragment == ""


def test_the_apps_own_query_is_kept() -> None:
    answer = answered(URIS[1], "s", code="c")
    assert parse_qsl(urlsplit(answer).query)[0] == ("tenant", "a b")
    issuer = quote(ISSUER, safe="")
    assert answered(URIS[2], None, code="c") == f"https://coach.example/callback?code=c&iss={issuer}"
    assert answered(URIS[3], None, code="c").startswith("https://coach.example/callback?a=1&code=c&")


def test_an_absent_state_stays_absent() -> None:
    assert "state" not in answered(URIS[0], None, code="c")


def test_where_a_forms_post_may_end() -> None:
    assert redirect_origin("https://coach.example:8443/cb?x=1") == "https://coach.example:8443"
    assert redirect_origin("http://127.0.0.1:5000/cb") == "http://127.0.0.1:5000"
    assert redirect_origin("com.example.app:/callback") == "com.example.app:"
