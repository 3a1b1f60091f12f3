"""What comes back to /callback from anyone at all: forged, replayed, repeated, from another server."""

from urllib.parse import urlencode

import pytest

from tests.examples.coach.provider import ISSUER, fault

HOSTILE = "<script>alert(1)</script>\r\nSet-Cookie: a=b\x00\u202e"


async def _trip(browser):
    """Goes to Accord and stops there: the URL that leads back."""
    await browser.visit("/")
    client = browser.client
    token = browser.page.text.split('form_token" value="')[1].split('"')[0]
    there = await client.post("http://127.0.0.1:8001/signin", data={"form_token": token})
    back = await client.get(there.headers["location"])
    return back.headers["location"]


async def test_the_request_has_pkce_state_nonce_and_nothing_guessable(browser, provider):
    await _trip(browser)
    await _trip(browser)
    first, second = provider.requests
    assert first["code_challenge_method"] == "S256"
    assert first["response_type"] == "code"
    assert first["redirect_uri"] == "http://127.0.0.1:8001/callback"
    for name in ("state", "nonce", "code_challenge"):
        assert len(first[name]) >= 43
        assert first[name] != second[name]


async def test_two_trips_at_once_both_work(browser, front):
    one, two = await _trip(browser), await _trip(browser)
    assert len(front.pending) == 2
    await browser.visit(one)
    assert browser.path == "/me"
    await browser.visit(two)  # begun by the visitor before she signed in: her cookie has changed
    assert browser.page.status_code == 400
    await browser.visit("/me")
    assert browser.path == "/me"


async def test_a_replayed_callback_reaches_nothing(browser, provider):
    back = await _trip(browser)
    await browser.visit(back)
    provider.calls.clear()
    await browser.visit(back)
    assert browser.page.status_code == 400
    assert "n’est plus valable" in browser.page.text
    assert "/token" not in provider.calls
    await browser.visit("/me")
    assert browser.listed("skills")


async def test_a_callback_in_another_browser_signs_nobody_in(browser, other_browser, provider, front):
    back = await _trip(browser)
    await other_browser.visit("/")
    await other_browser.visit(back)
    assert other_browser.page.status_code == 400
    assert "/token" not in provider.calls
    assert len(front.sessions) == 0


async def test_a_trip_that_took_too_long(browser, clock):
    back = await _trip(browser)
    clock.forward(31 * 60)
    await browser.visit(back)
    assert browser.page.status_code == 400


@pytest.mark.parametrize(
    "query",
    [
        "",
        "code=abc",
        "state=",
        "state=unknown&code=abc",
        "state=unknown&error=access_denied",
        urlencode({"state": HOSTILE, "error": HOSTILE, "error_description": HOSTILE}),
        "state=%00&code=%FF",
        "state=" + "a" * 4000,
        "state=a&lang=en",
    ],
)
async def test_an_unknown_state_is_told_plainly(browser, provider, query):
    await browser.visit(f"/callback?{query}")
    assert browser.page.status_code == 400
    assert "script" not in browser.page.text
    assert provider.calls == []


@pytest.mark.parametrize(
    "query", ["state=a&state=b", "code=a&code=a&state=s", "state=" + "a" * 5000, "iss=a&iss=b"]
)
async def test_repeated_or_oversized_parameters_are_refused(browser, query):
    await browser.visit(f"/callback?{query}")
    assert browser.page.status_code == 400
    assert "par prudence" in browser.page.text


@pytest.mark.parametrize("issuer", [None, "", "https://elsewhere.example", f"{ISSUER}/", HOSTILE])
@pytest.mark.parametrize("decision", ["accept", "access_denied"])
async def test_an_answer_of_another_issuer_says_nothing_to_us(browser, provider, issuer, decision):
    provider.decision = decision
    provider.answer = {"iss": issuer}
    await browser.sign_in()
    assert browser.page.status_code == 400
    assert "par prudence" in browser.page.text
    assert "/token" not in provider.calls


async def test_a_provider_without_rfc_9207_may_leave_iss_out(browser, provider):
    provider.metadata["authorization_response_iss_parameter_supported"] = None
    provider.answer = {"iss": None}
    await browser.sign_in()
    assert browser.path == "/me"


@pytest.mark.parametrize(
    ("error", "path", "status"),
    [
        ("access_denied", "/stopped/refused", 200),
        ("temporarily_unavailable", "/stopped/busy", 200),
        ("server_error", "/stopped/busy", 200),
        ("invalid_scope", "/callback", 400),
        ("login_required", "/callback", 400),
        (HOSTILE, "/callback", 400),
        ("a" * 4096, "/callback", 400),
    ],
)
async def test_errors_of_accord(  # noqa: PLR0917  # a row of the table is three of them
    browser, provider, caplog, error, path, status
):
    provider.decision = error
    provider.answer = {"error_description": HOSTILE, "error_uri": "javascript:alert(1)"}
    await browser.sign_in()
    assert (browser.path, browser.page.status_code) == (path, status)
    assert "alert" not in browser.page.text
    assert "alert" not in caplog.text
    assert "set-cookie: a=b" not in str(browser.page.headers)


async def test_neither_code_nor_error(browser, provider):
    provider.answer = {"code": None}
    await browser.sign_in()
    assert browser.page.status_code == 400


async def test_the_log_of_a_journey_holds_no_secret_and_no_person(browser, provider, caplog):
    caplog.set_level("DEBUG", logger="coach")
    provider.faults["/v1/me/trainings"] = fault(500)
    await browser.sign_in()
    await browser.visit("/me")
    provider.revoked = True
    await browser.visit("/me")
    ours = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("coach"))
    assert ours
    for secret in [*provider.access, *provider.refresh, *provider.codes, "Amina", "amina@", provider.subject]:
        assert secret not in ours
    for asked in provider.requests:
        assert asked["state"] not in ours
        assert asked["nonce"] not in ours
