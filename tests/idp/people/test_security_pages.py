"""A person's own security: password, sessions."""

import asyncio

import pytest

from foundation.clock import DAY, MINUTE
from idp.logout.telling import Parted
from idp.people.cookies import parse_credential
from idp.people.locking import lock
from idp.people.outcomes import Changed, Wrong
from idp.people.security import change_password, her_of
from idp.people.session import Session
from tests.idp.people.house import PASSWORD, Browser, House, plain

NEW = "trois petits cailloux"
PATH = "/account/security"


async def change(browser: Browser, current: str = PASSWORD, new: str = NEW):
    await browser.get(PATH)
    return await browser.post(f"{PATH}/password", current_password=current, new_password=new)


async def test_a_new_password_ends_the_other_sessions_and_not_this_one(house: House):
    await house.account(role="auditor")
    browser, other = await house.signed_in(), await house.signed_in()
    answer = await change(browser)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{PATH}?notice=password")
    assert "Votre mot de passe est changé" in (await browser.get(f"{PATH}?notice=password")).text
    assert (await other.get(PATH)).status_code == 303
    assert (await other.sign_in(password=PASSWORD)).status_code == 400
    assert (await other.sign_in(password=NEW)).status_code == 303
    [event] = await house.events("account.password_changed")
    assert event["facts"] == {"sessions_ended": 1, "told": 0}
    [letter] = await house.mails()
    assert (letter.template, letter.to) == ("password-changed", "amina@example.org")


async def test_the_current_password_is_asked(house: House):
    await house.account()
    browser = await house.signed_in()
    for wrong in ("", "wrong password", NEW):
        answer = await change(browser, wrong)
        assert answer.status_code == 400
        assert "Ce n’est pas votre mot de passe actuel" in answer.text
        assert "<title>Erreur : Sécurité du compte" in plain(answer)
    assert (await browser.sign_in()).status_code == 303
    assert len(await house.events("login.failed")) == 2  # the 1st and the 2nd of three


async def test_the_new_one_must_be_good_and_a_refusal_changes_nothing(house: House):
    await house.account()
    browser, other = await house.signed_in(), await house.signed_in()
    for weak in ("", "short", "motdepasse", "amina@example.org", "x" * 300):
        answer = await change(browser, new=weak)
        assert answer.status_code == 400
        assert '<a href="#new_password">' in answer.text
    assert (await other.get(PATH)).status_code == 200
    assert await house.mails() == []


async def test_a_stolen_session_is_no_way_to_guess_the_password(house: House):
    await house.account()
    browser = await house.signed_in()
    answers = [await change(browser, "wrong password") for _ in range(12)]
    assert [answer.status_code for answer in answers] == [400] * 10 + [429] * 2
    assert "retry-after" in answers[-1].headers
    assert "Trop d’essais" in answers[-1].text


async def test_two_changes_at_once_and_one_is_made(house: House):
    await house.account()
    browser = await house.signed_in()
    session = await session_of(house, browser)
    outcomes = await asyncio.gather(
        *[
            change_password(house.people, PASSWORD, f"{NEW} {n}", house.caller(session=session))
            for n in range(4)
        ]
    )
    assert sum(isinstance(outcome, Changed) for outcome in outcomes) == 1
    assert outcomes.count(Wrong()) == 3


async def session_of(house: House, browser: Browser):
    async with house.db.reading() as tx:
        credential = parse_credential(browser.cookie)
        assert credential is not None
        found = await house.people.sessions.find(tx, credential, house.clock.now())
    assert found is not None
    return found[0]


async def test_she_sees_where_she_is_signed_in(house: House):
    await house.account()
    android = "Mozilla/5.0 (Android 14; Mobile; rv:130.0) Gecko/130.0 Firefox/130.0"
    phone = house.browser(**{"user-agent": android})
    await phone.sign_in()
    house.clock.advance(5 * MINUTE)
    browser = await house.signed_in()
    page = await browser.get(PATH)
    assert "Firefox – Android" in page.text
    assert "Appareil non reconnu" in page.text  # the test's own
    assert page.text.count("Cet appareil<") == 1
    assert page.text.count('name="session"') == 1
    assert "aujourd’hui à" in page.text


async def test_she_ends_one_of_her_sessions_and_no_one_elses(house: House):
    await house.account()
    await house.account("bruno@example.org")
    hers, her_phone, his = (
        await house.signed_in(),
        await house.signed_in(),
        await house.signed_in("bruno@example.org"),
    )
    await hers.get(PATH)
    for ended in (his.cookie.split(".")[0], "", "not an id"):
        answer = await hers.post(f"{PATH}/session", session=ended)
        assert answer.status_code == 303
    assert (await his.get(PATH)).status_code == 200
    await hers.post(f"{PATH}/session", session=her_phone.cookie.split(".")[0])
    assert (await her_phone.get(PATH)).status_code == 303
    assert (await hers.get(PATH)).status_code == 200
    assert [event["facts"]["reach"] for event in await house.events("session.ended")] == ["other"]


async def test_signing_out_everywhere(house: House):
    await house.account()
    browsers = [await house.signed_in() for _ in range(3)]
    await browsers[0].get(PATH)
    answer = await browsers[0].post(f"{PATH}/sign-out-everywhere")
    assert answer.headers["location"] == "/?notice=signed-out"
    assert browsers[0].cookie == ""
    assert [(await browser.get(PATH)).status_code for browser in browsers] == [303] * 3
    [event] = await house.events("session.ended")
    assert event["facts"] == {"reach": "all", "how": "person", "sessions_ended": 3, "told": 0}


@pytest.mark.parametrize("how", ["erased", "locked"])
async def test_an_erased_or_locked_person_is_signed_out_at_once(house: House, how: str):
    holder = await house.account()
    browser = await house.signed_in()
    async with house.db.transaction() as tx:
        if how == "erased":
            await house.people.server.people.destroy(tx, holder.id)
        else:
            assert await lock(house.people.server, tx, holder.id, house.clock.now()) == Parted(1)
            assert await lock(house.people.server, tx, holder.id, house.clock.now()) is None
    assert (await browser.get(PATH)).status_code == 303
    assert (await browser.sign_in()).status_code == 400
    await browser.get("/password/forgot")
    assert (await browser.post("/password/forgot", email="amina@example.org")).status_code == 303
    assert await house.mails() == []


async def test_old_sessions_are_not_listed(house: House):
    await house.account()
    await house.signed_in()
    house.clock.advance(DAY)
    browser = await house.signed_in()
    assert (await browser.get(PATH)).text.count('name="session"') == 0


def test_an_anonymous_session_is_nobodys():
    with pytest.raises(TypeError):
        her_of(Session("0" * 32, "A" * 43))
