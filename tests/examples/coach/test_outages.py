"""429, 503, silence and nonsense from Accord: people are told, data is kept only as long as it may be."""

import asyncio

import httpx2
import pytest

from examples.coach.outbound import GuardedTransport
from examples.coach.problems import UnavailableError, retry_after
from tests.examples.coach.provider import down, fault


async def test_429_at_reading_keeps_the_sign_in_and_reads_later(browser, provider, clock):
    provider.faults["/v1/me/skills"] = fault(429, retry_after="7")
    await browser.sign_in()
    assert browser.path == "/me"
    assert "Accord n’a pas pu nous répondre" in browser.page.text
    assert "dans 7\xa0s" in browser.page.text
    provider.calls.clear()
    await browser.visit("/me")
    assert provider.calls == []  # asked to wait, it waits
    clock.forward(8)
    await browser.visit("/me")
    assert browser.listed("skills")


async def test_a_pause_is_told_as_hers_and_ends_when_she_says(browser, provider):
    await browser.sign_in()
    provider.faults["/v1/me"] = fault(403, '{"error": "consent_paused"}')
    await browser.visit("/me")
    assert "Vous avez mis ce partage en pause" in browser.page.text
    assert "n’a pas pu nous répondre" not in browser.page.text
    await browser.visit("/me")
    assert "en pause" not in browser.page.text
    assert browser.listed("skills")


async def test_503_at_the_check_shows_the_last_copy_for_a_while_then_no_more(browser, provider, clock):
    await browser.sign_in()
    provider.faults["/v1/me"] = fault(503, times=50, retry_after="3")
    await browser.visit("/me")
    assert browser.listed("skills")
    clock.forward(601)
    await browser.visit("/me")
    assert browser.page.status_code == 503
    assert browser.page.headers["retry-after"] == "3"
    assert "300426" not in browser.page.text
    assert "Amina" not in browser.page.text


async def test_a_job_page_goes_on_by_hand_when_accord_cannot_be_asked(browser, provider, clock):
    await browser.sign_in()
    provider.faults["/v1/me"] = [down] * 50
    clock.forward(601)
    await browser.visit("/jobs/M1607")
    assert browser.page.status_code == 200
    assert 'id="compare"' in browser.page.text


async def test_silence_at_the_check_is_tolerated(browser, provider):
    await browser.sign_in()
    provider.faults["/v1/me"] = [down]
    await browser.visit("/me")
    assert browser.listed("skills")
    assert "Accord n’a pas pu nous répondre" in browser.page.text


async def test_busy_when_asked_to_read_again(browser, provider):
    await browser.sign_in()
    provider.faults["/userinfo"] = fault(429, retry_after="20")
    await browser.press("refresh")
    assert browser.path == "/me"
    await browser.press("refresh")
    assert browser.page.status_code == 503
    assert browser.page.headers["retry-after"] == "20"


@pytest.mark.parametrize(
    "answer",
    [
        down,
        fault(500, "<h1>Oops</h1>", content_type="text/html")[0],
        fault(200, "[]")[0],
        fault(200, "not json")[0],
        fault(200, "[" * 100_000)[0],
        fault(200, '{"issuer": "https://elsewhere.example"}')[0],
        fault(302, location="https://elsewhere.example/")[0],
        fault(200, "x" * 1_100_000)[0],
        fault(200, "{}", content_encoding="gzip")[0],
    ],
)
async def test_no_usable_discovery_document(browser, provider, answer):
    provider.faults["/.well-known/openid-configuration"] = [answer]
    await browser.sign_in()
    assert browser.page.status_code == 503
    assert "Accord ne répond pas" in browser.page.text
    assert browser.page.headers["retry-after"]
    await browser.visit("/jobs/M1607")
    assert browser.page.status_code == 200
    await browser.sign_in()  # a failure is not remembered
    assert browser.path == "/me"


async def test_discovery_busy(browser, provider):
    provider.faults["/.well-known/openid-configuration"] = fault(503, retry_after="12")
    await browser.sign_in()
    assert browser.page.status_code == 503
    assert browser.page.headers["retry-after"] == "12"
    assert "12\xa0s" in browser.page.text


@pytest.mark.parametrize(
    ("metadata", "value"),
    [
        ("token_endpoint", "https://elsewhere.example/token"),
        ("authorization_endpoint", "javascript:alert(1)"),
        ("jwks_uri", None),
        ("userinfo_endpoint", 5),
        ("revocation_endpoint", "http://127.0.0.1:8000.elsewhere.example/"),
        ("token_endpoint", "http://127.0.0.1:99999/"),
        ("code_challenge_methods_supported", ["plain"]),
        ("id_token_signing_alg_values_supported", "ES256"),
        ("response_types_supported", []),
    ],
)
async def test_a_discovery_document_that_would_lead_us_astray(browser, provider, metadata, value):
    provider.metadata[metadata] = value
    await browser.sign_in()
    assert browser.page.status_code == 503
    assert provider.requests == []


async def test_accord_without_revocation_endpoint(browser, provider):
    provider.metadata["revocation_endpoint"] = None
    await browser.sign_in()
    await browser.press("sign-out")
    assert browser.path == "/stopped/signed_out"
    assert "/revoke" not in provider.calls


async def test_sign_out_when_discovery_is_gone(browser, provider, clock, front):
    await browser.sign_in()
    provider.faults["/.well-known/openid-configuration"] = [down] * 9
    clock.forward(601)
    await browser.visit("/")
    token = browser.page.text.split('form_token" value="')
    assert len(token) == 1  # signed in: no sign-in form
    page = await browser.visit("/me")
    assert page.status_code == 503
    assert len(front.sessions) == 1


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (fault(429, retry_after="9")[0], 503),
        (fault(503, "<html>", content_type="text/html")[0], 503),
        (fault(500)[0], 503),
        (fault(200, "[1]")[0], 503),
        (fault(200, "<html>", content_type="text/html")[0], 503),
        (fault(200, '{"access_token": "a", "token_type": "Bearer", "expires_in": "soon"}')[0], 503),
        (fault(200, '{"access_token": "a", "token_type": "Bearer"}')[0], 503),
        (fault(200, '{"access_token": "a", "token_type": "MAC", "id_token": "x"}')[0], 503),
        (fault(200, '{"access_token": "a", "token_type": "Bearer", "id_token": "x", "scope": 5}')[0], 503),
        (fault(400, '{"error": "invalid_grant"}')[0], 400),
        (fault(401, '{"error": "<script>alert(1)</script>", "error_description": "\\u0007"}')[0], 400),
    ],
)
async def test_the_token_endpoint_answers_otherwise(browser, provider, front, answer, status):
    provider.faults["/token"] = [answer]
    await browser.sign_in()
    assert browser.page.status_code == status
    assert "script" not in browser.page.text
    assert len(front.sessions) == len(front.pending) == 0


@pytest.mark.parametrize(
    "answer",
    [
        down,
        fault(500)[0],
        fault(200, "{}")[0],
        fault(401, '{"error": "invalid_client"}')[0],
        fault(200, '{"access_token": 5, "token_type": "Bearer"}')[0],
        fault(429, retry_after="4")[0],
    ],
)
async def test_a_refresh_that_fails_for_another_reason_is_no_withdrawal(browser, provider, clock, answer):
    await browser.sign_in()
    clock.forward(590)
    await browser.visit("/me")
    clock.forward(30)
    provider.faults["/token"] = [answer]
    await browser.visit("/me")
    assert browser.path == "/me"
    assert browser.listed("skills")
    clock.forward(10)
    await browser.visit("/me")
    assert "n’a pas pu nous répondre" not in browser.page.text


@pytest.mark.parametrize("answer", [fault(200, "[]")[0], fault(500)[0], fault(200, '{"data": {}}')[0], down])
async def test_a_set_that_cannot_be_read_is_read_later(browser, provider, clock, answer):
    provider.faults["/v1/me/experiences"] = [answer]
    await browser.sign_in()
    assert browser.listed("skills")
    assert not browser.listed("experiences")
    clock.forward(6)
    await browser.visit("/me")
    assert browser.listed("experiences")


async def test_someone_elses_userinfo_is_not_shown(browser, provider):
    provider.claims = {"given_name": "Mallory", "sub": "someone-else"}
    await browser.sign_in()
    assert "Mallory" not in browser.page.text


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        ("0", 1),
        ("999999999", 3600),
        ("", 30),
        ("-5", 30),
        ("soon", 30),
        ("٣", 30),
        ("Thu, 01 Jan 1970 00:01:40 GMT", 90),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 1),
        ("Thu, 01 Jan 1970 00:01:40 -0000", 90),
        ("9" * 400, 30),
    ],
)
def test_retry_after(header, seconds):
    assert retry_after({"retry-after": header}, now=10.0) == seconds


async def test_sign_out_when_not_even_discovery_answers(browser, provider, clock, front):
    await browser.sign_in()
    await browser.visit("/me")
    clock.forward(601)  # our copy of the discovery document is stale
    provider.faults["/.well-known/openid-configuration"] = [down]
    await browser.press("sign-out")
    assert browser.path == "/stopped/signed_out"
    assert len(front.sessions) == 0


async def test_a_refresh_after_a_401_that_finds_nobody(browser, provider):
    await browser.sign_in()
    provider.access.clear()
    provider.faults["/token"] = [down]
    await browser.visit("/me")
    assert browser.listed("skills")


async def test_no_request_goes_to_another_origin():
    transport = GuardedTransport(httpx2.ASGITransport(down), "http://127.0.0.1:8000")
    async with httpx2.AsyncClient(transport=transport) as client:
        with pytest.raises(UnavailableError, match="another origin"):
            await client.get("http://127.0.0.1:8002/")


async def test_an_answer_that_drips_is_given_up(monkeypatch):
    async def drip(scope, receive, send):
        await asyncio.sleep(5)

    monkeypatch.setattr("examples.coach.outbound._CALL_SECONDS", 0.01)
    transport = GuardedTransport(httpx2.ASGITransport(drip), "http://127.0.0.1:8000")
    async with httpx2.AsyncClient(transport=transport) as client:
        with pytest.raises(httpx2.ReadTimeout):
            await client.get("http://127.0.0.1:8000/")


async def test_two_tabs_use_a_refresh_token_once(browser, provider, clock):
    await browser.sign_in()
    clock.forward(700)
    provider.calls.clear()
    answers = await asyncio.gather(*(browser.client.get("http://127.0.0.1:8001/me") for _ in range(5)))
    assert [answer.status_code for answer in answers] == [200] * 5
    assert provider.calls.count("/token") == 1
