"""Accord tells Cap Coaching: what is forgotten, what is refused, what is said back."""

import json

import httpx2
import pytest
from joserfc import jws
from joserfc.jwk import ECKey

from examples.coach import signals
from tests.examples.coach.conftest import COACH
from tests.examples.coach.provider import ISSUER, down, fault

SECRET = "Bearer coach-demo-push"


def claims(provider, name="grant-revoked", **changed):
    now = int(provider.clock())
    whole = {
        "iss": ISSUER,
        "aud": "coach-demo",
        "jti": "a" * 32,
        "iat": now,
        "toe": now,
        "sub_id": {"format": "iss_sub", "iss": ISSUER, "sub": provider.subject},
        "events": {f"{ISSUER}/signals/events/{name}": {"grant_id": "b" * 32, "revision": 2}},
    } | changed
    return {key: value for key, value in whole.items() if value is not None}


def signed(provider, said, key=None, **header):
    fields = {"alg": "ES256", "kid": "k1", "typ": "secevent+jwt"} | header
    return jws.serialize_compact(fields, json.dumps(said).encode(), key or provider.keys[0])


async def push(coach, token, **headers):
    given = {"authorization": SECRET, "content-type": "application/secevent+jwt"} | headers
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(coach)) as accord:
        return await accord.post(f"{COACH}/signals", content=token, headers=given)


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch):
    monkeypatch.setattr(signals, "_ATTEMPTS", (0, 0))


@pytest.mark.parametrize(
    "event",
    [
        ("grant-revoked", "withdrawn"),
        ("grant-expired", "ended"),
        ("erasure-requested", "withdrawn"),
        ("grant-erased", "withdrawn"),
    ],
)
async def test_what_ended_is_forgotten_at_once_and_attested(browser, coach, front, provider, event):
    name, ending = event
    await browser.sign_in()
    (session,) = front.sessions.held()
    assert session.portfolio.skills
    answer = await push(coach, signed(provider, claims(provider, name)))
    assert (answer.status_code, answer.content) == (202, b"")
    assert (session.token, session.name, session.portfolio.skills) == ({}, "", None)
    (word,) = provider.attested
    assert word["jti"] == "a" * 32
    assert word["statement"] == signals.STATEMENT
    assert provider.attested_by == ["coach-demo"]
    await browser.visit("/me")
    assert browser.path == f"/stopped/{ending}"


async def test_it_is_acted_on_once(browser, coach, provider):
    await browser.sign_in()
    token = signed(provider, claims(provider))
    assert [(await push(coach, token)).status_code for _ in range(3)] == [202] * 3
    assert len(provider.attested) == 1


async def test_another_s_session_stays(browser, coach, front, provider):
    await browser.sign_in()
    other = {"format": "iss_sub", "iss": ISSUER, "sub": "somebody-else"}
    await push(coach, signed(provider, claims(provider, sub_id=other)))
    foreign = {"format": "iss_sub", "iss": "https://evil.example", "sub": provider.subject}
    await push(coach, signed(provider, claims(provider, jti="c", sub_id=foreign)))
    assert front.sessions.held()[0].portfolio.skills


async def test_a_later_sign_in_is_under_another_yes(browser, coach, front, provider, clock):
    before = int(clock())
    clock.forward(60)
    await browser.sign_in()
    await push(coach, signed(provider, claims(provider, toe=before)))
    assert front.sessions.held()[0].portfolio.skills


@pytest.mark.parametrize("name", ["grant-narrowed", "grant-paused", "grant-resumed"])
async def test_what_changed_is_read_again_before_it_is_shown(browser, coach, front, provider, name):
    await browser.sign_in()
    await push(coach, signed(provider, claims(provider, name)))
    assert front.sessions.held()[0].portfolio.skills is None
    assert provider.attested == []
    provider.data["skills"] = provider.data["skills"][:1]
    await browser.visit("/me")
    assert len(front.sessions.held()[0].portfolio.skills) == 1


async def test_an_event_that_we_do_not_know_is_taken(browser, coach, front, provider):
    await browser.sign_in()
    verification = {"https://schemas.openid.net/secevent/ssf/event-type/verification": {}}
    answer = await push(coach, signed(provider, claims(provider, events=verification)))
    assert answer.status_code == 202
    assert front.sessions.held()[0].portfolio.skills


async def test_what_is_not_from_accord_for_us_is_refused(browser, coach, front, provider):
    await browser.sign_in()
    good = claims(provider)
    stranger = ECKey.generate_key("P-256", {"kid": "k1"})
    tokens = {
        "no token": "invalid_request",
        "": "invalid_request",
        "x" * 20_000: "invalid_request",
        signed(provider, good, stranger): "invalid_request",
        signed(provider, good, kid="k9"): "invalid_key",
        signed(provider, good, typ="JWT"): "invalid_request",
        signed(provider, good, typ="at+jwt"): "invalid_request",
        signed(provider, good | {"aud": "another"}): "invalid_request",
        signed(provider, good | {"aud": ["coach-demo", "another"]}): "invalid_audience",
        signed(provider, good | {"iss": "https://evil.example"}): "invalid_request",
        signed(provider, good | {"jti": 7}): "invalid_request",
        signed(provider, good | {"toe": "soon"}): "invalid_request",
        signed(provider, good | {"events": {}}): "invalid_request",
        signed(provider, good | {"events": []}): "invalid_request",
        signed(provider, claims(provider, iat=None)): "invalid_request",
    }
    for token, error in tokens.items():
        answer = await push(coach, token)
        assert (answer.status_code, answer.json()["err"]) == (400, error), token[:80]
    for headers in ({"authorization": "Bearer wrong"}, {"authorization": ""}):
        answer = await push(coach, signed(provider, good), **headers)
        assert answer.json()["err"] == "authentication_failed"
    answer = await push(coach, signed(provider, good), **{"content-type": "application/json"})
    assert answer.status_code == 400
    assert front.sessions.held()[0].portfolio.skills
    assert provider.attested == []


async def test_while_accord_s_keys_cannot_be_had_it_is_to_come_again(coach, front, provider):
    provider.faults["/jwks"] = [down]
    answer = await push(coach, signed(provider, claims(provider)))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
    assert (await push(coach, signed(provider, claims(provider)))).status_code == 202


async def test_an_attestation_that_fails_is_tried_again(browser, coach, provider):
    await browser.sign_in()
    provider.faults["/signals/attestations"] = fault(503)
    assert (await push(coach, signed(provider, claims(provider)))).status_code == 202
    assert len(provider.attested) == 1
