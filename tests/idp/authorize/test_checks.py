"""Every rule of a request, one by one: what it lets pass, what it refuses, and who is told."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.catalogue import CATALOGUE
from idp.authorize.checks import AFTER_TRUST, BEFORE_TRUST, first_refusal
from idp.authorize.request import (
    NONCE_MAX,
    PARAMETERS,
    REPEATABLE,
    SCOPE_MAX,
    STATE_MAX,
    AuthorizeRequest,
    parse_request,
)
from idp.clients.metadata import ClientMetadata
from idp.clients.registry import Client
from tests.idp.support import CHALLENGE, REDIRECT

GOOD = {
    "client_id": "app",
    "redirect_uri": REDIRECT,
    "response_type": "code",
    "scope": "openid profile skills",
    "state": "s",
    "nonce": "n",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}


def app(*, suspended: bool = False, **metadata: Any) -> Client:
    fields: dict[str, Any] = {
        "name": "Cap Coaching",
        "redirect_uris": (REDIRECT,),
        "optional_scopes": ("email", "skills", "offline_access"),
    } | metadata
    return Client("app", ClientMetadata(**fields), None, suspended)


def asked(**changed: str | list[str] | None) -> AuthorizeRequest:
    """A good request with changes; None leaves a parameter out, a list repeats it."""
    given = {name: value for name, value in (GOOD | changed).items() if value is not None}
    return parse_request(
        {name: value if isinstance(value, list) else [value] for name, value in given.items()}
    )


def outcome(request: AuthorizeRequest, client: Client) -> str:
    """Where a request stops: "shown <code>" on our page, "redirected <code>" to the app, or "passed"."""
    refusal = first_refusal(BEFORE_TRUST, request, client)
    if refusal is not None:
        return f"shown {refusal.error}"
    refusal = first_refusal(AFTER_TRUST, request, client)
    return "passed" if refusal is None else f"redirected {refusal.error}"


def test_a_good_request_passes() -> None:
    assert outcome(asked(), app()) == "passed"
    # state and nonce are the app's own protection, PKCE stands without them.
    assert outcome(asked(state=None, nonce=None), app()) == "passed"


SHOWN: tuple[tuple[dict[str, Any], str], ...] = (
    ({"redirect_uri": None}, "shown invalid_request"),
    ({"redirect_uri": ""}, "shown invalid_request"),
    ({"redirect_uri": "https://evil.example/callback"}, "shown invalid_request"),
    ({"redirect_uri": [REDIRECT, REDIRECT]}, "shown invalid_request"),
    ({"client_id": ["app", "app"]}, "shown invalid_request"),
    # Whatever else is wrong, an untrusted address hears nothing of it.
    ({"redirect_uri": "https://evil.example/", "response_type": "token"}, "shown invalid_request"),
    ({"redirect_uri": "https://evil.example/", "scope": "nonsense"}, "shown invalid_request"),
    ({"redirect_uri": "https://evil.example/", "prompt": "none"}, "shown invalid_request"),
)
REDIRECTED: tuple[tuple[dict[str, Any], str], ...] = (
    ({"state": ["a", "b"]}, "redirected invalid_request"),
    ({"scope": ["openid", "openid"]}, "redirected invalid_request"),
    ({"code_challenge": [CHALLENGE, CHALLENGE]}, "redirected invalid_request"),
    ({"prompt": ["none", "login"]}, "redirected invalid_request"),
    ({"request": "eyJ.e30."}, "redirected request_not_supported"),
    ({"request_uri": "https://coach.example/r"}, "redirected request_uri_not_supported"),
    ({"registration": "{}"}, "redirected registration_not_supported"),
    ({"response_mode": "fragment"}, "redirected invalid_request"),
    ({"response_mode": "fragment.jwt"}, "redirected invalid_request"),
    ({"response_mode": "QUERY"}, "redirected invalid_request"),
    ({"response_type": None}, "redirected invalid_request"),
    ({"response_type": "token"}, "redirected unsupported_response_type"),
    ({"response_type": "id_token"}, "redirected unsupported_response_type"),
    ({"response_type": "code id_token"}, "redirected unsupported_response_type"),
    ({"response_type": "code code"}, "redirected unsupported_response_type"),
    ({"response_type": "CODE"}, "redirected unsupported_response_type"),
    ({"response_type": "none"}, "redirected unsupported_response_type"),
    ({"state": "s" * (STATE_MAX + 1)}, "redirected invalid_request"),
    ({"nonce": "n" * (NONCE_MAX + 1)}, "redirected invalid_request"),
    ({"scope": "openid " * SCOPE_MAX}, "redirected invalid_request"),
    ({"nonce": "a\nb"}, "redirected invalid_request"),
    ({"scope": "openid\x00"}, "redirected invalid_request"),
    ({"scope": None}, "redirected invalid_scope"),
    ({"scope": "   "}, "redirected invalid_scope"),
    ({"scope": "openid unheard-of"}, "redirected invalid_scope"),
    ({"scope": "openid OPENID"}, "redirected invalid_scope"),
    ({"scope": "openid benefits"}, "redirected invalid_scope"),
    ({"scope": "profile skills"}, "redirected invalid_scope"),
    ({"code_challenge": None}, "redirected invalid_request"),
    ({"code_challenge": None, "code_challenge_method": None}, "redirected invalid_request"),
    ({"code_challenge": ""}, "redirected invalid_request"),
    ({"code_challenge_method": None}, "redirected invalid_request"),  # which would mean plain
    ({"code_challenge_method": "plain"}, "redirected invalid_request"),
    ({"code_challenge_method": "s256"}, "redirected invalid_request"),
    ({"code_challenge_method": "S512"}, "redirected invalid_request"),
    ({"code_challenge": CHALLENGE[:-1]}, "redirected invalid_request"),
    ({"code_challenge": CHALLENGE + "A"}, "redirected invalid_request"),
    ({"code_challenge": CHALLENGE[:-1] + "="}, "redirected invalid_request"),
    ({"code_challenge": CHALLENGE[:-1] + "é"}, "redirected invalid_request"),
    ({"code_challenge": CHALLENGE[:-1] + "\n"}, "redirected invalid_request"),
    ({"prompt": "create"}, "redirected invalid_request"),
    ({"prompt": "none login"}, "redirected invalid_request"),
    ({"prompt": "none consent"}, "redirected invalid_request"),
    ({"max_age": "-1"}, "redirected invalid_request"),
    ({"max_age": "1.5"}, "redirected invalid_request"),
    ({"max_age": "soon"}, "redirected invalid_request"),
    ({"max_age": "9" * 10}, "redirected invalid_request"),
    ({"max_age": "１"}, "redirected invalid_request"),  # a digit, but not an ASCII one
)
PASSED: tuple[dict[str, Any], ...] = (
    {"response_mode": "query"},
    {"response_mode": ""},
    {"response_mode": "form_post"},
    {"response_mode": "jwt"},
    {"response_mode": "query.jwt"},
    {"response_mode": "form_post.jwt"},
    {"state": "s" * STATE_MAX},
    {"state": "é ☃ \u202e"},
    {"nonce": "n" * NONCE_MAX},
    {"scope": "openid"},
    {"scope": "  skills   openid openid "},
    {"scope": "openid offline_access"},
    {"prompt": ""},
    {"prompt": "login consent"},
    {"prompt": "select_account"},
    {"prompt": "none"},
    {"max_age": "0"},
    {"max_age": "999999999"},
    {"ui_locales": "xx-<script>"},
    {"login_hint": "<b>"},
    {"id_token_hint": "not a token"},
    {"claims": "{}", "display": "page", "acr_values": "x"},
    {"unknown": "y"},  # ignored: RFC 6749 section 3.1
)


@pytest.mark.parametrize(("changed", "expected"), [*SHOWN, *REDIRECTED, *((one, "passed") for one in PASSED)])
def test_each_rule(changed: dict[str, Any], expected: str) -> None:
    assert outcome(asked(**changed), app()) == expected


@pytest.mark.parametrize("name", PARAMETERS)
def test_every_parameter_repeated(name: str) -> None:
    verdict = outcome(asked(**{name: ["a", "a"]}), app())
    if name in {"client_id", "redirect_uri"}:
        assert verdict == "shown invalid_request"
    else:
        assert verdict == ("passed" if name in REPEATABLE else "redirected invalid_request")


def test_a_suspended_app_is_shown_to_be_so_on_our_own_page() -> None:
    assert outcome(asked(), app(suspended=True)) == "shown unauthorized_client"
    # Suspended comes first: not even a good redirect URI is believed.
    assert outcome(asked(redirect_uri="x"), app(suspended=True)) == "shown unauthorized_client"


def test_an_app_not_registered_for_codes_is_told() -> None:
    machine = app(grant_types=("client_credentials",))
    assert outcome(asked(), machine) == "redirected unauthorized_client"


def test_pkce_can_be_lifted_for_one_app_but_what_it_sends_is_still_held_to() -> None:
    lifted = app(require_pkce=False)
    assert outcome(asked(code_challenge=None, code_challenge_method=None), lifted) == "passed"
    assert outcome(asked(), lifted) == "passed"
    for changed in (
        {"code_challenge_method": "plain"},
        {"code_challenge_method": None},
        {"code_challenge": None},
        {"code_challenge": "short"},
    ):
        assert outcome(asked(**changed), lifted) == "redirected invalid_request"


def test_descriptions_are_ascii_and_repeat_nothing_hostile() -> None:
    for changed, _ in (*SHOWN, *REDIRECTED):
        request = asked(**changed)
        for checks in (BEFORE_TRUST, AFTER_TRUST):
            refusal = first_refusal(checks, request, app())
            if refusal is not None:
                assert refusal.description.isascii()
                assert refusal.description.isprintable()
                assert '"' not in refusal.description
                assert "evil.example" not in refusal.description
                assert "unheard-of" not in refusal.description


@given(st.dictionaries(st.sampled_from(PARAMETERS), st.lists(st.text(max_size=60), max_size=3)))
def test_no_request_is_too_strange_to_be_judged(parameters: dict[str, list[str]]) -> None:
    """Whatever comes, the rules answer; and only a registered address is ever redirected to."""
    request = parse_request(parameters)
    verdict = outcome(request, app())
    if not verdict.startswith("shown"):
        assert request.redirect_uri == REDIRECT
        assert len(parameters["redirect_uri"]) == 1
    if verdict == "passed":
        assert set(request.scopes) <= CATALOGUE.keys()
        assert request.code_challenge_method == "S256"


@given(st.dictionaries(st.sampled_from(PARAMETERS), st.lists(st.text(max_size=40), max_size=3)))
def test_a_request_survives_being_kept(parameters: dict[str, list[str]]) -> None:
    request = parse_request(parameters)
    kept = AuthorizeRequest.model_validate_json(request.model_dump_json(exclude_defaults=True))
    assert kept == request
