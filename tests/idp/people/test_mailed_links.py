"""The link of a mail: its token leaves the address at once, stays with one browser, is spent by a POST."""

from collections.abc import AsyncIterator

import httpx
import pytest

from foundation.clock import FrozenClock
from foundation.database import Database
from idp.people.room import People
from tests.idp.people.house import Browser, House, make_server, no_pace, quick_hasher, token_in

NEW = "trois lampes et un vélo"
REOPEN, DEAD = "Ouvrez le lien reçu par e-mail", "Ce lien ne fonctionne plus"
# Where the address is asked, where the link leads, whose address.
WAYS = {
    "registration": ("/register", "/verify-email", "new@example.org"),
    "recovery": ("/password/forgot", "/password/reset", "amina@example.org"),
}


@pytest.fixture(params=WAYS)
async def way(house: House, request: pytest.FixtureRequest) -> tuple[str, str, str]:
    await house.account()
    return WAYS[request.param]


@pytest.fixture
async def secure_house(db: Database, clock: FrozenClock) -> AsyncIterator[House]:
    """The same room over the same database, reached over TLS."""
    server = make_server(db, clock, issuer="https://accord.example")
    people = People.open(server, hasher=quick_hasher(), pace=no_pace())
    opened = House(people, clock)
    yield opened
    for browser in opened.browsers:
        await browser.http.aclose()
    people.close()


async def mailed(house: House, way: tuple[str, str, str], browser: Browser | None = None) -> str:
    """A fresh link."""
    asking, _, email = way
    browser = browser or house.browser()
    await browser.get(asking)
    assert (await browser.post(asking, email=email)).status_code == 303
    link: str = (await house.mails())[0].data["link"]
    return link


async def used(browser: Browser, way: tuple[str, str, str], **fields: str) -> httpx.Response:
    return await browser.post(way[1], password=NEW, **fields)


async def works(house: House, way: tuple[str, str, str]) -> bool:
    browser = house.browser()
    return (await browser.sign_in(way[2], NEW)).status_code == 303


async def test_the_token_leaves_the_address_with_the_first_answer(house: House, way: tuple[str, str, str]):
    browser = house.browser()
    link = await mailed(house, way)
    answer = await browser.get(link)
    assert (answer.status_code, answer.headers["location"]) == (303, way[1])
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    token = token_in((await house.mails())[0])
    name, _, rest = answer.headers["set-cookie"].partition("=")
    assert (name, rest.partition(";")[0]) == ("accord-link-8000", token)
    flags = {flag.strip().lower() for flag in rest.split(";")[1:]}
    assert flags == {"httponly", "max-age=1800", "path=/", "samesite=lax"}
    assert answer.text == ""


async def test_behind_tls_its_cookie_is_for_this_host_alone(secure_house: House, way: tuple[str, str, str]):
    answer = await secure_house.browser().get(await mailed(secure_house, way))
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-accord-link=em_")
    assert "; Secure" in cookie
    assert "domain" not in cookie.lower()


async def test_no_page_shows_it_again_in_any_language(house: House, way: tuple[str, str, str]):
    browser = house.browser()
    link = await mailed(house, way)
    secret = link.rpartition(".")[2]
    pages = [await browser.open_link(link), await browser.get(f"{way[1]}?lang=en")]
    pages.append(await browser.post(way[1], password="short"))
    assert [page.status_code for page in pages] == [200, 200, 400]
    for page in pages:
        assert secret not in page.text + str(page.headers)
    done = await used(browser, way)
    assert done.status_code == 303
    assert secret not in done.headers["location"]
    assert "accord-link-8000" not in browser.http.cookies  # let go of
    assert await works(house, way)


async def test_whoever_opens_links_on_the_way_uses_nothing_up(house: House, way: tuple[str, str, str]):
    link = await mailed(house, way)
    for _ in range(3):  # with cookies, without, and only the first address
        await house.browser().open_link(link)
        filtering = house.browser()
        await filtering.get(link)
        filtering.http.cookies.clear()
        assert REOPEN in (await filtering.get(way[1])).text
    her = house.browser()
    assert (await her.open_link(link)).status_code == 200
    assert (await used(her, way)).status_code == 303
    assert await works(house, way)


async def test_it_works_in_the_browser_that_opened_it_and_in_no_other(
    house: House, way: tuple[str, str, str]
):
    asked, phone, other = house.browser(), house.browser(), house.browser()
    link = await mailed(house, way, asked)
    await phone.open_link(link)
    for browser in (asked, other):  # she carries the clean address over
        page = await browser.get(way[1])
        assert (page.status_code, REOPEN in page.text, f'href="{way[0]}"' in page.text) == (410, True, True)
        await browser.get("/login")
        assert REOPEN in (await used(browser, way, link=phone.link)).text
    assert (await used(phone, way)).status_code == 303
    assert await works(house, way)


async def test_a_form_is_about_the_link_that_it_was_opened_with(house: House, way: tuple[str, str, str]):
    """Two tabs, or a page that made the browser open somebody else's link meanwhile."""
    browser = house.browser()
    first, second = await mailed(house, way), await mailed(house, way)
    await browser.open_link(first)
    left = browser.link
    await browser.open_link(second)
    answer = await used(browser, way, link=left)
    assert (answer.status_code, REOPEN in answer.text) == (410, True)
    assert not await works(house, way)
    await browser.open_link(first)
    assert (await used(browser, way)).status_code == 303


async def test_a_link_used_elsewhere_meanwhile_is_said_to_be_dead(house: House, way: tuple[str, str, str]):
    browser, quicker = house.browser(), house.browser()
    link = await mailed(house, way)
    await browser.open_link(link)
    await quicker.open_link(link)
    assert (await used(quicker, way)).status_code == 303
    answer = await used(browser, way)
    assert (answer.status_code, DEAD in answer.text) == (410, True)
    assert DEAD in (await browser.open_link(link)).text


@pytest.mark.parametrize("cut", ["em_", "-", "em_" + "0" * 32 + ".x", "<script>", "a" * 5000])
async def test_what_was_copied_in_part_is_said_and_kept_nowhere(
    house: House, way: tuple[str, str, str], cut: str
):
    browser = house.browser()
    answer = await browser.get(f"{way[1]}?token={cut}")
    assert answer.headers["set-cookie"].startswith("accord-link-8000=-;")
    page = await browser.get(answer.headers["location"])
    assert (page.status_code, DEAD in page.text) == (410, True)
    assert DEAD in (await browser.get(way[1])).text


async def test_someone_signed_in_stays_so_while_she_looks(house: House, way: tuple[str, str, str]):
    browser = await house.signed_in()
    session = browser.cookie
    await browser.open_link(await mailed(house, way))
    assert browser.cookie == session
    assert (await browser.get("/account/security")).status_code == 200
