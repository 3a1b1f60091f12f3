"""The first page, and the demo's outbox."""

from idp.people.outbox import Mail
from tests.idp.people.house import House


async def test_the_first_page_says_what_accord_is(house: House):
    page = await house.browser().get("/")
    assert page.status_code == 200
    for href in ("/login", "/register", "/outbox", "?lang=en"):
        assert f'href="{href}"' in page.text or href in page.text
    assert "set-cookie" not in page.headers


async def test_the_first_page_in_english(house: House):
    page = await house.browser(**{"accept-language": "en-GB,en;q=0.8"}).get("/")
    assert "You choose, line by line" in page.text
    assert 'lang="en"' in page.text


async def test_the_demo_shows_its_mails_in_the_language_they_were_written_in(house: House):
    browser = house.browser()
    assert "Aucun e-mail</h2>" in (await browser.get("/outbox")).text
    link = "http://127.0.0.1:8000/verify-email?token=em_x&y=<z>"
    async with house.db.transaction() as tx:
        mail = Mail("register", "en", "<b>zoé</b>@example.org", {"link": link})
        await house.people.outbox.queue(tx, mail, house.clock.now())
    page = await browser.get("/outbox")
    assert "Confirm your e-mail address" in page.text
    assert "&lt;b&gt;zoé" in page.text
    assert 'href="http://127.0.0.1:8000/verify-email?token=em_x&amp;y=&lt;z&gt;"' in page.text


async def test_elsewhere_there_is_no_outbox(house: House):
    browser = house.browser(outbox_page=False)
    assert (await browser.get("/outbox")).status_code == 404
    assert "/outbox" not in (await browser.get("/")).text
    assert "/outbox" not in (await browser.get("/register/sent")).text
    assert "/outbox" not in (await browser.get("/password/forgot/sent")).text
