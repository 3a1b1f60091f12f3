"""A forgotten password."""

import asyncio

import pytest

from foundation.clock import HOUR
from idp.people.accounts import replace_password
from idp.people.links import id_of
from idp.people.recovery import Recovered, reset
from tests.idp.people.house import PASSWORD, Browser, House, plain, texts, token_in

NEW = "trois petits cailloux"
REQUEST = "0123456789abcdef" * 2


async def ask(browser: Browser, email: str = "amina@example.org", **fields: str):
    await browser.get("/password/forgot")
    return await browser.post("/password/forgot", email=email, **fields)


async def test_from_a_forgotten_password_to_a_new_one(house: House):
    await house.account()
    thief = await house.signed_in()
    browser = house.browser()
    answer = await ask(browser, "AMINA@example.org")
    assert (answer.status_code, answer.headers["location"]) == (303, "/password/forgot/sent")
    assert "Si un compte existe" in (await browser.get("/password/forgot/sent")).text
    [letter] = await house.mails()
    assert (letter.template, letter.to) == ("reset", "amina@example.org")
    page = await browser.open_link(letter.data["link"])
    assert "amina@example.org" in page.text
    weak = await browser.post("/password/reset", password="short")
    assert weak.status_code == 400
    assert "au moins 8 caractères" in weak.text
    done = await browser.post("/password/reset", password=NEW)
    assert done.headers["location"] == "/login?notice=password-reset"
    assert "Votre mot de passe est changé" in (await browser.get("/login?notice=password-reset")).text
    assert (await thief.get("/account/security")).status_code == 303
    assert (await browser.sign_in(password=PASSWORD)).status_code == 400
    assert (await browser.sign_in(password=NEW)).status_code == 303
    [event] = await house.events("account.password_reset")
    assert event["facts"] == {"sessions_ended": 1, "told": 0}
    told, _ = await house.mails()
    assert (told.template, told.data["link"]) == (
        "password-changed",
        "http://127.0.0.1:8000/password/forgot",
    )
    assert (await browser.open_link(letter.data["link"])).status_code == 410


async def test_the_answer_does_not_say_whether_there_is_an_account(house: House):
    holder = await house.account()
    await house.account("erased@example.org")
    erased = await house.account("gone@example.org")
    async with house.db.transaction() as tx:
        await house.people.server.people.destroy(tx, erased.id)
    browser = house.browser()
    answers = [
        await ask(browser, email) for email in ("amina@example.org", "nobody@example.org", "gone@example.org")
    ]
    assert {(a.status_code, a.headers["location"]) for a in answers} == {(303, "/password/forgot/sent")}
    assert len(texts(answers)) == 1
    assert [letter.to for letter in await house.mails()] == [holder.email]


@pytest.mark.parametrize("email", ["", "amina", "a@b@c", "x" * 10_000])
async def test_what_is_no_address_is_said_by_the_field(house: House, email: str):
    answer = await ask(house.browser(), email)
    assert answer.status_code == 400
    assert "<title>Erreur : Mot de passe oublié" in plain(answer)


async def test_a_mailbox_is_not_flooded_and_a_stranger_learns_nothing_from_it(house: House):
    await house.account()
    for email in ("amina@example.org", "nobody@example.org"):
        answers = [await ask(house.browser(), email) for _ in range(6)]
        assert [answer.status_code for answer in answers] == [303] * 5 + [429]
        assert "retry-after" in answers[-1].headers
    assert len(await house.mails()) == 5


async def test_one_reset_voids_the_other_links(house: House):
    await house.account()
    browser = house.browser()
    await ask(browser)
    await ask(browser)
    second, first = [token_in(letter) for letter in await house.mails()]
    await browser.open_link(f"/password/reset?token={first}")
    assert (await browser.post("/password/reset", password=NEW)).status_code == 303
    assert (await browser.open_link(f"/password/reset?token={second}")).status_code == 410


async def test_a_link_dies_in_an_hour_and_serves_nothing_else(house: House):
    await house.account()
    browser = house.browser()
    await ask(browser)
    token = token_in((await house.mails())[0])
    assert (await browser.open_link(f"/verify-email?token={token}")).status_code == 410
    await browser.get("/login")
    assert (await browser.post("/verify-email", link=id_of(token), password=NEW)).status_code == 410
    house.clock.advance(HOUR)
    assert (await browser.open_link(f"/password/reset?token={token}")).status_code == 410


async def test_reading_the_mail_proves_the_address(house: House):
    await house.account(verified=False)
    browser = house.browser()
    assert (await browser.sign_in()).status_code == 400
    await ask(browser)
    token = token_in((await house.mails())[0])
    await browser.open_link(f"/password/reset?token={token}")
    await browser.post("/password/reset", password=NEW)
    assert (await browser.sign_in(password=NEW)).status_code == 303


async def test_the_pending_request_survives_in_the_browser_that_asked(house: House):
    await house.account()
    browser, phone = house.browser(), house.browser()
    locations = []
    for asking, using in ((browser, browser), (browser, phone)):
        await ask(asking, request=REQUEST)
        token = token_in((await house.mails())[0])
        await using.open_link(f"/password/reset?token={token}")
        done = await using.post("/password/reset", password=NEW)
        locations.append(done.headers["location"])
    assert locations == [f"/login?notice=password-reset&request={REQUEST}", "/login?notice=password-reset"]


async def test_resetting_while_signed_in_ends_that_session_too(house: House):
    await house.account()
    browser = await house.signed_in()
    await ask(browser)
    token = token_in((await house.mails())[0])
    await browser.open_link(f"/password/reset?token={token}")
    done = await browser.post("/password/reset", password=NEW)
    assert done.status_code == 303
    assert browser.cookie == ""


async def test_sixteen_use_one_link_and_one_password_is_stored(house: House):
    await house.account()
    await ask(house.browser())
    token = token_in((await house.mails())[0])
    passwords = [f"{NEW} {number}" for number in range(16)]
    outcomes = await asyncio.gather(*[reset(house.people, token, p, house.caller()) for p in passwords])
    [winner] = [p for p, outcome in zip(passwords, outcomes, strict=True) if isinstance(outcome, Recovered)]
    assert (await house.browser().sign_in(password=winner)).status_code == 303
    assert len(await house.events("account.password_reset")) == 1


async def test_a_link_of_somebody_erased_is_dead(house: House):
    holder = await house.account()
    browser = house.browser()
    await ask(browser)
    token = token_in((await house.mails())[0])
    async with house.db.transaction() as tx:
        await house.people.server.people.destroy(tx, holder.id)
    assert (await browser.open_link(f"/password/reset?token={token}")).status_code == 410


async def test_a_password_that_changed_while_we_hashed_is_not_overwritten(house: House, monkeypatch):
    holder = await house.account()
    browser = house.browser()
    await ask(browser)
    token = token_in((await house.mails())[0])
    elsewhere = await house.people.hasher.hash("changed from elsewhere")
    original = house.people.hasher.hash

    async def slow(password: str) -> str:
        async with house.db.transaction() as tx:
            await replace_password(tx, holder.id, holder.account.password_hash, elsewhere)
        return await original(password)

    monkeypatch.setattr(house.people.hasher, "hash", slow)
    await browser.open_link(f"/password/reset?token={token}")
    assert (await browser.post("/password/reset", password=NEW)).status_code == 410
    assert (await browser.sign_in(password="changed from elsewhere")).status_code == 303
