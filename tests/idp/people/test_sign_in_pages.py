"""Signing in and out, as a browser sees it."""

import re

import pytest

from foundation.clock import MINUTE, SECOND
from idp.people.room import Hooks, PendingSignIn
from tests.idp.people.house import PASSWORD, House, plain, texts

REQUEST = "0123456789abcdef" * 2


async def test_the_page_has_the_fields_that_outside_checks_rely_on(house: House):
    page = await house.browser().get("/login")
    assert page.status_code == 200
    for part in ('name="email"', 'name="password"', 'id="sign-in"', 'autocomplete="username"'):
        assert part in page.text
    assert 'autocomplete="current-password"' in page.text
    assert "<title>Se connecter – Accord</title>" in page.text
    assert 'lang="fr"' in page.text


@pytest.mark.parametrize(
    ("role", "home"),
    [("person", "/account"), ("partner", "/partner"), ("auditor", "/audit"), ("administrator", "/admin")],
)
async def test_everyone_goes_to_her_own_first_page(house: House, role: str, home: str):
    await house.account(role=role)
    browser = house.browser()
    answer = await browser.sign_in()
    assert (answer.status_code, answer.headers["location"]) == (303, home)
    assert (await browser.get("/")).headers["location"] == home
    assert (await browser.get("/login")).headers["location"] == home
    assert (await browser.get("/register")).headers["location"] == home


async def test_signing_in_is_in_the_ledger_under_a_pseudonym(house: House):
    await house.account()
    await house.signed_in()
    [event] = await house.events("login.succeeded")
    assert event["facts"] == {"amr": "pwd"}
    assert event["person"].startswith("p-")
    assert re.fullmatch(r"[0-9a-f]{32}", event["request"])


async def test_id_and_secret_are_new_at_sign_in_and_the_old_session_is_over(house: House):
    await house.account()
    browser = house.browser()
    await browser.get("/login")
    before = browser.cookie
    await browser.sign_in()
    during = browser.cookie
    assert not set(before.split(".")) & set(during.split("."))
    page = await browser.get("/login?request=" + REQUEST)  # signed in already, and asked again
    assert 'value="amina@example.org"' in page.text
    await browser.post("/login", email="amina@example.org", password=PASSWORD)
    assert browser.cookie != during
    browser.plant(during)
    assert (await browser.get("/account/security")).status_code == 303


async def test_a_planted_anonymous_cookie_is_not_signed_in_by_its_victim(house: House):
    await house.account()
    attacker, victim = house.browser(), house.browser()
    await attacker.get("/login")
    planted = attacker.cookie
    victim.plant(planted)
    await victim.sign_in()
    assert victim.cookie != planted
    assert (await attacker.get("/account/security")).headers["location"].startswith("/login")


async def test_one_answer_for_every_failure(house: House):
    await house.account()
    await house.account("locked@example.org", verified=False)
    browser = house.browser()
    typed = ("amina@example.org", "nobody@example.org", "locked@example.org", "not an address", "")
    answers = [await browser.sign_in(email, "wrong password") for email in typed]
    answers.append(await browser.sign_in("locked@example.org", PASSWORD))
    assert {answer.status_code for answer in answers} == {400}
    without_address = {re.sub(r'name="email" value="[^"]*"', "", text) for text in texts(answers)}
    assert len(without_address) == 1
    assert "<title>Erreur : " in plain(answers[0])
    assert '<a href="#email">' in answers[0].text


async def test_too_many_failures_make_her_wait_and_the_page_says_how_long(house: House):
    await house.account()
    house.clock.value -= house.clock.value % (15 * MINUTE)
    browser = house.browser()
    for _ in range(10):
        assert (await browser.sign_in(password="wrong password")).status_code == 400
    refused = await browser.sign_in()
    assert refused.status_code == 429
    assert refused.headers["retry-after"] == "900"
    assert "Attendez 15 minutes" in plain(refused)
    elsewhere = house.browser(host="192.0.2.7")
    assert (await elsewhere.sign_in()).status_code == 303
    house.clock.advance(15 * MINUTE)
    assert (await browser.sign_in()).status_code == 303


async def test_the_waiting_page_is_the_same_for_an_address_without_account(house: House):
    browser = house.browser()
    for _ in range(10):
        await browser.sign_in("nobody@example.org", "wrong password")
    assert (await browser.sign_in("nobody@example.org")).status_code == 429


async def test_a_request_that_waits_is_named_and_goes_on(house: House):
    async def describe(request_id: str) -> PendingSignIn | None:
        hint = '"><script>alert(1)</script>@example.org'
        return PendingSignIn("<b>Cap</b>", hint, "en") if request_id == REQUEST else None

    await house.account()
    seen: list[tuple[str, str, str | None]] = []

    async def rebind(_tx: object, old: str, new: str, request_id: str | None) -> None:
        seen.append((old, new, request_id))

    house = house.with_hooks(Hooks(describe, (rebind,)))
    browser = house.browser()
    page = await browser.get(f"/login?request={REQUEST}")
    assert "&lt;b&gt;Cap&lt;/b&gt;" in page.text
    assert "<script>alert" not in page.text
    assert "to continue to" in page.text
    old = browser.cookie.split(".")[0]
    wrong = await browser.post("/login", email="amina@example.org", password="no", request=REQUEST)
    assert "&lt;b&gt;Cap" in wrong.text
    answer = await browser.post("/login", email="amina@example.org", password=PASSWORD, request=REQUEST)
    assert answer.headers["location"] == f"/authorize/continue/{REQUEST}"
    assert seen == [(old, browser.cookie.split(".")[0], REQUEST)]


async def test_a_request_that_expired_is_said_and_sign_in_still_works(house: House):
    await house.account()
    browser = house.browser()
    page = await browser.get(f"/login?request={REQUEST}")
    assert "La demande de l’application a expiré" in page.text
    assert 'name="request"' not in page.text
    answer = await browser.post("/login", email="amina@example.org", password=PASSWORD)
    assert answer.headers["location"] == "/account"


async def test_a_hook_that_fails_leaves_nothing_of_the_sign_in(house: House):
    async def fail(*_: object) -> None:
        raise RuntimeError

    await house.account()
    broken = house.with_hooks(Hooks(on_sign_in=(fail,)))
    answer = await broken.browser().sign_in()
    assert answer.status_code == 500
    assert await house.events("login.succeeded") == []


@pytest.mark.parametrize(
    ("path", "goes"),
    [
        ("/account/apps", "/account/apps"),
        ("/audit?event=a&page=2", "/audit?event=a&page=2"),
        ("//evil.example", "/account"),
        ("/\\evil.example", "/account"),
        ("/%5cevil.example", "/account"),
        ("https://evil.example/", "/account"),
        ("javascript:alert(1)", "/account"),
        ("/\tevil.example", "/account"),
        ("/;evil.example", "/account"),
        ("/%09/evil.example", "/account"),
        ("evil.example", "/account"),
        ("/logout", "/account"),
        ("/login?next=/login", "/account"),
        ("/", "/account"),
        ("/" + "a" * 5000, "/account"),
        ("/é", "/account"),
    ],
)
async def test_a_way_back_is_a_path_of_ours_or_nothing(house: House, path: str, goes: str):
    await house.account()
    browser = house.browser()
    await browser.get("/login")
    # A tab in a text field is let through by the form's reader; it must stop here.
    answer = await browser.post("/login", email="amina@example.org", password=PASSWORD, next=path)
    assert answer.headers["location"] == goes


async def test_whoever_is_not_signed_in_comes_back_after_it(house: House):
    await house.account()
    browser = house.browser()
    refused = await browser.get("/account/security?notice=session")
    assert refused.status_code == 303
    assert refused.headers["location"] == "/login?next=/account/security%3Fnotice%3Dsession"
    page = await browser.get(refused.headers["location"])
    assert 'name="next" value="/account/security?notice=session"' in page.text


async def test_a_hint_as_request_id_is_ignored(house: House):
    page = await house.browser().get("/login?request=../../etc&next=//evil.example")
    assert page.status_code == 200
    assert 'name="next"' not in page.text
    assert 'name="request"' not in page.text
    assert "expiré" not in page.text


async def test_signing_out_is_a_post_that_ends_the_session(house: House):
    await house.account()
    browser = await house.signed_in()
    page = await browser.get("/logout")
    assert page.status_code == 200
    assert (await browser.get("/account/security")).status_code == 200
    kept = browser.cookie
    answer = await browser.post("/logout")
    assert (answer.status_code, answer.headers["location"]) == (303, "/?notice=signed-out")
    assert browser.cookie == ""
    browser.plant(kept)
    assert (await browser.get("/account/security")).status_code == 303
    assert [event["facts"] for event in await house.events("session.ended")] == [
        {"reach": "this", "how": "person", "sessions_ended": 1, "told": 0}
    ]


async def test_signing_out_without_a_session_is_harmless(house: House):
    browser = house.browser()
    await browser.get("/login")
    assert (await browser.post("/logout")).headers["location"] == "/?notice=signed-out"
    assert (await browser.get("/logout")).headers["location"] == "/"
    assert "Votre session est fermée" in (await browser.get("/?notice=signed-out")).text
    assert 'role="status"' not in (await browser.get("/login?notice=injected")).text
    assert await house.events("session.ended") == []


async def test_cookies_on_the_loopback(house: House):
    browser = house.browser()
    page = await browser.get("/login")
    header = page.headers["set-cookie"]
    assert header.startswith("accord-8000=")
    for flag in ("HttpOnly", "SameSite=lax", "Path=/"):
        assert flag in header
    for flag in ("Secure", "Max-Age", "expires", "Domain"):
        assert flag not in header
    assert "set-cookie" not in (await browser.get("/login")).headers


async def test_an_idle_session_ends_and_a_used_one_does_not(house: House):
    await house.account()
    browser = await house.signed_in()
    idle = house.people.server.settings.session_idle_seconds * SECOND
    for _ in range(3):
        house.clock.advance(idle - SECOND)
        assert (await browser.get("/account/security")).status_code == 200
    house.clock.advance(idle)
    assert (await browser.get("/account/security")).status_code == 303


async def test_no_session_outlives_the_absolute_limit(house: House):
    await house.account()
    browser = await house.signed_in()
    lifetime = house.people.server.settings.session_seconds * SECOND
    for _ in range(lifetime // (50 * MINUTE)):
        house.clock.advance(50 * MINUTE)
        await browser.get("/account/security")
    house.clock.advance(30 * MINUTE)
    assert (await browser.get("/account/security")).status_code == 303


async def test_pages_carry_their_policy_and_are_not_stored(house: House):
    page = await house.browser().get("/login")
    assert page.headers["cache-control"] == "no-store"
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert "form-action 'self'" in page.headers["content-security-policy"]
    assert "'unsafe-inline'" not in page.headers["content-security-policy"]
