"""From the sign-in page back to the app: nobody is asked anything, and the app is told so."""

import asyncio
import re

import httpx
import pytest

from tests.idp.authorize.test_modes import opened, posted_back, sent_only_response
from tests.idp.device.screen import app_at, enter, say, start
from tests.idp.support import ISSUER, World
from tests.idp.visitor import GOOD, NewVisitor, Visitor, is_our_error, read, sent_back


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One engine is enough: a request is spent by the statement that every answer spends it by."""
    return sqlite_url


def way_back(page: httpx.Response) -> str:
    """Where the page's button back to the app leads; "" where it has none."""
    found = re.search(r'action="(/authorize/leave/[^"]+)"', page.text)
    return found[1] if found else ""


async def leave(visitor: Visitor, page: httpx.Response) -> httpx.Response:
    return await visitor.post(way_back(page), read(page).hidden)


async def test_she_goes_back_without_signing_in(house: World, visitor: Visitor) -> None:
    page = await visitor.ask()
    assert "Revenir à Cap Coaching" in page.text
    back = sent_back(await leave(visitor, page))
    assert back.keys() == {"error", "error_description", "state", "iss"}
    assert (back["error"], back["state"]) == ("access_denied", GOOD["state"])
    for name in ("consent.asked", "consent.refused", "consent.given"):
        assert await house.events(name) == []
    # It is spent: neither the button again nor a sign-in in that page opens it.
    is_our_error(await leave(visitor, page), 410)
    is_our_error(await visitor.sign_in(page), 410)
    # And it is no memory: she may come again.
    assert "code" in sent_back(await visitor.decide(await visitor.ask(), scope=["skills"]))


async def test_in_english(visitor: Visitor) -> None:
    assert "Back to Cap Coaching" in (await visitor.ask(ui_locales="en")).text


async def test_by_each_mode_of_answering(house: World, visitor: Visitor) -> None:
    for mode in ("form_post", "jwt", "form_post.jwt"):
        page = await visitor.ask(response_mode=mode)
        assert "form-action 'self' https://coach.example;" in page.headers["content-security-policy"]
        answer = await leave(visitor, page)
        told = {"response": sent_only_response(answer)} if mode == "jwt" else posted_back(answer)
        said = await opened(house, told["response"]) if "response" in told else told
        assert (said["error"], said["state"]) == ("access_denied", GOOD["state"])
        assert said.get("iss", ISSUER) == ISSUER


async def test_from_the_page_of_a_wrong_password(visitor: Visitor) -> None:
    form = read(await visitor.ask()).hidden
    wrong = await visitor.post("/login", form | {"email": "amina@example.org", "password": "wrong"})
    assert wrong.status_code == 400
    assert sent_back(await leave(visitor, wrong))["error"] == "access_denied"


async def test_who_meant_to_sign_in_as_somebody_else(house: World, visitor: Visitor) -> None:
    asked = await visitor.start()
    page = await visitor.get(f"/login?request={asked.url.path.rpartition('/')[2]}")
    assert sent_back(await leave(visitor, page))["error"] == "access_denied"
    is_our_error(await visitor.decide(asked, scope=["skills"]), 410)
    assert await house.events("consent.given") == []


async def test_of_two_presses_one_is_the_answer(visitor: Visitor) -> None:
    page = await visitor.ask()
    both = await asyncio.gather(leave(visitor, page), leave(visitor, page))
    assert sorted(one.status_code for one in both) == [303, 410]


async def test_no_other_page_and_no_other_browser_can(visitor: Visitor, new_visitor: NewVisitor) -> None:
    page = await visitor.ask()
    is_our_error(await visitor.post(way_back(page), {}), 403)
    stranger = new_visitor()
    own = read(await stranger.ask()).hidden
    is_our_error(await stranger.post(way_back(page), own), 410)
    assert sent_back(await leave(visitor, page))["error"] == "access_denied"


async def test_what_no_app_waits_for_has_no_way_back(visitor: Visitor) -> None:
    assert not way_back(await visitor.get("/login"))
    assert not way_back(await visitor.get("/login?request=gone"))


async def test_a_screen_elsewhere_is_not_refused_by_whoever_has_its_link(
    house: World, visitor: Visitor
) -> None:
    screen = await start(await app_at(house))
    page = await say(visitor, await enter(visitor, screen.code))
    assert "Borne emploi" in page.text
    assert not way_back(page)
    form = read(page).hidden
    again = await visitor.follow(await visitor.post(f"/authorize/leave/{form['request']}", form))
    assert read(again).action == "/login"
    assert (await screen.poll()).json()["error"] == "authorization_pending"
