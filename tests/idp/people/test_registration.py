"""Opening an account: the mail tells, the page does not."""

import asyncio

import pytest

from foundation.clock import DAY, HOUR
from idp.people.links import REGISTER
from idp.people.outcomes import DeadLink
from idp.people.registration import Registered, register
from idp.people.room import Hooks, PendingSignIn
from tests.idp.people.house import PASSWORD, Browser, House, plain, texts, token_in

REQUEST = "0123456789abcdef" * 2


async def ask(browser: Browser, email: str = "amina@example.org", query: str = "", **fields: str):
    await browser.get("/register" + query)
    return await browser.post("/register", email=email, **fields)


async def test_from_an_address_to_an_account(house: House):
    browser = house.browser()
    answer = await ask(browser, " Amina@Example.org ")
    assert (answer.status_code, answer.headers["location"]) == (303, "/register/sent")
    sent = await browser.get("/register/sent")
    assert "mina" not in sent.text
    assert 'href="/outbox"' in sent.text
    [letter] = await house.mails()
    assert (letter.template, letter.to, letter.locale) == ("register", "Amina@Example.org", "fr")
    link = letter.data["link"]
    assert link.startswith("http://127.0.0.1:8000/verify-email?token=em_")
    for _ in range(2):  # looking spends nothing
        page = await browser.open_link(link)
        assert page.status_code == 200
    assert "Amina@Example.org" in page.text
    assert 'autocomplete="new-password"' in page.text
    done = await browser.post("/verify-email", password=PASSWORD)
    assert (done.status_code, done.headers["location"]) == (303, "/account")
    assert (await browser.get("/account/security")).status_code == 200
    assert (await browser.open_link(link)).status_code == 410
    again = house.browser()
    assert (await again.sign_in("amina@example.org")).status_code == 303
    [created] = await house.events("account.created")
    assert created["facts"] == {"role": "person", "by": "self", "age": "of_age"}
    assert len(await house.events("login.succeeded")) == 2


async def test_nothing_exists_before_the_link_is_used(house: House):
    browser = house.browser()
    await ask(browser)
    assert (await browser.sign_in()).status_code == 400
    assert await house.events("account.created") == []


async def test_the_page_does_not_say_that_an_address_has_an_account_but_the_mail_does(house: House):
    await house.account(locale="en")
    stranger = house.browser()
    answers = [await ask(stranger, "AMINA@example.org"), await ask(stranger, "new@example.org")]
    assert {(answer.status_code, answer.headers["location"]) for answer in answers} == {
        (303, "/register/sent")
    }
    assert len(texts(answers)) == 1
    letters = {letter.template: letter for letter in await house.mails()}
    assert letters["exists"].to == "amina@example.org"  # the address the account holds
    assert letters["exists"].locale == "en"
    assert letters["exists"].data == {"link": "http://127.0.0.1:8000/login"}


async def test_an_erased_person_gets_no_reminder(house: House):
    holder = await house.account()
    async with house.db.transaction() as tx:
        await house.people.server.people.destroy(tx, holder.id)
    assert (await ask(house.browser())).status_code == 303
    assert await house.mails() == []


@pytest.mark.parametrize(
    "email", ["", "amina", "amina@localhost", "a" * 10_000 + "@example.org", "a@b\tc.org"]
)
async def test_what_is_no_address_is_said_by_the_field(house: House, email: str):
    answer = await ask(house.browser(), email)
    assert answer.status_code == 400
    assert "<title>Erreur : Créer un compte" in plain(answer)
    assert 'aria-invalid="true"' in answer.text
    assert "Saisissez une adresse e-mail complète" in answer.text


async def test_a_mailbox_is_not_flooded(house: House):
    house.clock.value -= house.clock.value % HOUR
    for number in range(5):
        assert (await ask(house.browser(host=f"192.0.2.{number}"), "Amina@example.org")).status_code == 303
    refused = await ask(house.browser(host="192.0.2.9"))
    assert refused.status_code == 429
    assert refused.headers["retry-after"] == "3600"
    assert "Trop d’essais" in refused.text
    assert len(await house.mails()) == 5
    assert (await ask(house.browser(), "bruno@example.org")).status_code == 303
    house.clock.advance(HOUR)
    assert (await ask(house.browser())).status_code == 303


async def test_a_weak_password_is_refused_and_the_link_still_works(house: House):
    browser = house.browser()
    await ask(browser)
    token = token_in((await house.mails())[0])
    await browser.open_link(f"/verify-email?token={token}")
    answer = await browser.post("/verify-email", password="azerty2026!")
    assert answer.status_code == 400
    assert "trop répandu" in answer.text
    assert "azerty2026" not in answer.text
    assert (await browser.post("/verify-email", password=PASSWORD)).status_code == 303


async def test_dead_links(house: House):
    browser = house.browser()
    await ask(browser)
    token = token_in((await house.mails())[0])
    for wrong in ("em_x", token[:-1], token[:-43] + "A" * 43):
        page = await browser.open_link(f"/verify-email?token={wrong}")
        assert page.status_code == 410
        assert "Ce lien ne fonctionne plus" in page.text
        assert 'href="/register"' in page.text
    house.clock.advance(DAY)
    assert (await browser.open_link(f"/verify-email?token={token}")).status_code == 410


async def test_the_pending_request_survives_in_the_browser_that_asked(house: House):
    async def describe(_request_id: str) -> PendingSignIn | None:
        return PendingSignIn("Cap")

    house = house.with_hooks(Hooks(describe_request=describe))
    browser = house.browser()
    page = await browser.get(f"/login?request={REQUEST}")
    assert f'href="/register?request={REQUEST}"' in page.text
    page = await browser.get(f"/register?request={REQUEST}")
    assert f'name="request" value="{REQUEST}"' in page.text
    await browser.post("/register", email="amina@example.org", request=REQUEST)
    token = token_in((await house.mails())[0])
    await browser.open_link(f"/verify-email?token={token}")
    done = await browser.post("/verify-email", password=PASSWORD)
    assert done.headers["location"] == f"/authorize/continue/{REQUEST}"


async def test_another_browser_goes_home(house: House):
    await ask(house.browser(), query="?next=/account/apps", next="/account/apps", request=REQUEST)
    token = token_in((await house.mails())[0])
    phone = house.browser()
    await phone.open_link(f"/verify-email?token={token}")
    done = await phone.post("/verify-email", password=PASSWORD)
    assert done.headers["location"] == "/account"


async def test_other_rooms_start_what_they_keep_of_her_in_the_same_unit(house: House):
    started: list[tuple[str, str, int]] = []

    async def start(_tx: object, account_id: str, role: str, person: object, now: int) -> None:
        started.append((account_id, role, now))

    house = house.with_hooks(Hooks(on_account_created=(start,)))
    browser = house.browser()
    await ask(browser)
    token = token_in((await house.mails())[0])
    await browser.open_link(f"/verify-email?token={token}")
    await browser.post("/verify-email", password=PASSWORD)
    [(account_id, role, now)] = started
    assert (len(account_id), role, now) == (32, "person", house.clock.now())


async def links_to(house: House, count: int) -> list[str]:
    for _ in range(count):
        await ask(house.browser())
    return [token_in(letter) for letter in await house.mails()]


async def test_thirty_two_use_one_link_and_one_account_is_made(house: House):
    [token] = await links_to(house, 1)
    outcomes = await asyncio.gather(
        *[register(house.people, token, PASSWORD, house.caller()) for _ in range(32)]
    )
    assert sum(isinstance(outcome, Registered) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, DeadLink) for outcome in outcomes) == 31
    assert len(await house.events("account.created")) == 1


async def test_two_links_to_one_address_make_one_account(house: House):
    first, second = await links_to(house, 2)
    outcomes = await asyncio.gather(
        *[register(house.people, token, PASSWORD, house.caller()) for token in (first, second)]
    )
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["DeadLink", "Registered"]
    assert len(await house.events("account.created")) == 1
    async with house.db.reading() as tx:
        left = [await house.people.links.read(tx, REGISTER, t, house.clock.now()) for t in (first, second)]
    assert [link is None for link in left].count(True) == 1
    # The other link leads to a page whose form finds the address taken.
    assert isinstance(await register(house.people, first, PASSWORD, house.caller()), DeadLink)
    assert isinstance(await register(house.people, second, PASSWORD, house.caller()), DeadLink)
