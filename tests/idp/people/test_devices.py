"""A sign-in from a browser in which she never did: she is written to, and told what to do."""

import re

import pytest

from foundation.clock import HOUR
from idp.people.delivery import PageSender, deliver_one
from idp.people.devices import MOST
from idp.people.hashing import Hasher
from idp.people.mails import MailWriter
from idp.people.outbox import Letter
from tests.idp.people.house import PASSWORD, Browser, House, token_in
from tests.idp.people.test_outbox import CATALOGUES

NEW = "trois petits cailloux"
NAME = "accord-device-8000"
FIREFOX = "Mozilla/5.0 (Android 14; Mobile; rv:130.0) Gecko/130.0 Firefox/130.0"


async def told(house: House) -> list[Letter]:
    return await house.mails(of_sign_ins=True)


def marks_of(browser: Browser) -> list[str]:
    return (browser.http.cookies.get(NAME) or "").split(".")


async def leave(browser: Browser) -> None:
    """Sign out; the browser keeps its mark."""
    await browser.get("/account/security")
    assert (await browser.post("/logout")).status_code == 303


async def visit(browser: Browser, email: str) -> None:
    """Sign in and out."""
    assert (await browser.sign_in(email)).status_code == 303
    await leave(browser)


async def test_an_unknown_browser_is_told_of_and_a_known_one_is_not(house: House):
    await house.account()
    browser = house.browser(**{"user-agent": FIREFOX})
    await browser.sign_in()
    [letter] = await told(house)
    assert (letter.template, letter.to) == ("new-device", "amina@example.org")
    assert letter.data["agent"] == "Firefox – Android"
    assert letter.data["link"] == "http://127.0.0.1:8000/password/forgot"
    await leave(browser)
    assert (await browser.sign_in()).status_code == 303
    assert len(await told(house)) == 1
    await house.signed_in()  # another browser
    assert len(await told(house)) == 2


async def test_who_has_just_made_her_account_is_not_told_of_herself(house: House):
    browser = house.browser()
    await browser.get("/register")
    await browser.post("/register", email="amina@example.org")
    await browser.open_link(f"/verify-email?token={token_in((await house.mails())[0])}")
    assert (await browser.post("/verify-email", password=PASSWORD)).status_code == 303
    await leave(browser)
    await browser.sign_in()
    assert await told(house) == []


async def test_a_wrong_password_tells_nobody_and_leaves_no_mark(house: House):
    await house.account()
    browser = house.browser()
    assert (await browser.sign_in(password="not hers")).status_code == 400
    assert NAME not in browser.http.cookies
    assert await told(house) == []


async def test_a_new_password_makes_strangers_of_all_browsers_but_hers(house: House):
    await house.account()
    intruder, hers = await house.signed_in(), await house.signed_in()
    await hers.get("/account/security")
    await hers.post("/account/security/password", current_password=PASSWORD, new_password=NEW)
    known = len(await told(house))
    await leave(hers)
    await hers.sign_in(password=NEW)
    assert len(await told(house)) == known
    await intruder.sign_in(password=NEW)
    assert len(await told(house)) == known + 1


async def test_the_browser_in_which_she_chose_a_new_password_is_known(house: House):
    await house.account()
    browser = house.browser()
    await browser.get("/password/forgot")
    await browser.post("/password/forgot", email="amina@example.org")
    await browser.open_link(f"/password/reset?token={token_in((await house.mails())[0])}")
    await browser.post("/password/reset", password=NEW)
    assert (await browser.sign_in(password=NEW)).status_code == 303
    assert await told(house) == []


async def test_a_hash_made_anew_on_the_way_leaves_every_browser_known(house: House, monkeypatch):
    await house.account()
    browsers = [await house.signed_in() for _ in range(2)]
    dearer = Hasher(memory_kib=16, passes=1)
    for name in ("hash", "hash_anew", "verify"):
        monkeypatch.setattr(house.people.hasher, name, getattr(dearer, name))
    for browser in browsers * 2:
        await leave(browser)
        assert (await browser.sign_in()).status_code == 303
    assert len(await told(house)) == len(browsers)
    dearer.close()


async def test_a_shared_browser_knows_the_last_few_and_names_none(house: House):
    emails = [f"someone{number}@example.org" for number in range(MOST + 1)]
    accounts = [await house.account(email) for email in emails]
    browser = house.browser()
    for email in emails:
        await visit(browser, email)
    marks = marks_of(browser)
    assert len(set(marks)) == MOST
    assert not {account.id for account in accounts} & set(re.split(r"\W", browser.http.cookies[NAME]))
    for email in emails[1:]:  # in turn, so that each is the newest once
        await visit(browser, email)
    assert set(marks_of(browser)) == set(marks)
    assert len(await told(house)) == MOST + 1
    await visit(browser, emails[0])  # it had made room
    assert len(await told(house)) == MOST + 2


@pytest.mark.parametrize(
    "hostile", ["", ".", "x" * 22, ".".join(["A" * 22] * 999), "é" * 22, "%00" * 9, "A" * 22 + "\n"]
)
async def test_no_text_of_a_cookie_is_a_mark(house: House, hostile: str):
    holder = await house.account()
    devices = house.people.devices
    mark = devices.mark(holder.id, holder.account.password_hash)
    caller = house.caller(cookies={NAME: hostile})
    assert not devices.knows(caller, mark)
    kept = devices.remembering(caller, mark).value.split(".")
    assert kept[0] == mark
    assert len(kept) <= MOST
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{22}", one) for one in kept)


async def test_a_mark_is_one_accounts_and_one_servers(house: House):
    amina, bruno = await house.account(), await house.account("bruno@example.org")
    devices = house.people.devices
    marks = {
        devices.mark(amina.id, amina.account.password_hash),
        devices.mark(bruno.id, bruno.account.password_hash),
        devices.mark(amina.id, bruno.account.password_hash),
    }
    assert len(marks) == 3


async def test_the_cookie_is_kept_from_scripts_and_other_sites(house: House):
    await house.account()
    browser = house.browser()
    answer = await browser.sign_in()
    [kept] = [line for line in answer.headers.get_list("set-cookie") if line.startswith(NAME)]
    assert {"HttpOnly", "SameSite=lax", "Path=/", f"Max-Age={390 * 86_400}"} <= set(kept.split("; "))


async def test_whoever_signs_in_without_end_cannot_flood_her(house: House):
    await house.account()
    for _ in range(7):
        await house.signed_in()
    assert len(await told(house)) == 5
    house.clock.advance(HOUR)
    await house.signed_in()
    assert len(await told(house)) == 6


@pytest.mark.parametrize("locale", ["fr", "en"])
async def test_what_the_mail_says(house: House, locale: str):
    await house.account(locale=locale)
    browser = house.browser(**{"user-agent": FIREFOX})
    await browser.sign_in()
    await house.browser(**{"user-agent": "curl/8"}).sign_in()
    unnamed, named = await told(house)
    writer = MailWriter(CATALOGUES)
    said = [writer.write(letter.template, letter.locale, letter.data) for letter in (named, unnamed)]
    assert "Firefox – Android" in said[0].text
    assert "Firefox" not in said[1].text
    zone, password = ("heure de Paris", "mot de passe") if locale == "fr" else ("Paris time", "new password")
    for written in said:
        assert zone in written.text
        assert password in written.html
    assert await deliver_one(house.db, house.clock, house.people.outbox, PageSender())
