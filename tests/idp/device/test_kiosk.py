"""Borne emploi, the sample kiosk, at a real server, with her phone beside it; no socket is opened."""

import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import httpx
import httpx2
import pytest
from starlette.types import ASGIApp

from examples.kiosk.app import IDLE_SECONDS, build_app
from examples.kiosk.settings import Settings
from foundation.clock import MINUTE, SECOND
from idp.seed import KIOSK_ID, KIOSK_SECRET, kiosk_metadata
from tests.idp.device.screen import reach_consent
from tests.idp.support import World, add_app
from tests.idp.visitor import Visitor

KIOSK = "http://127.0.0.1:8003"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One engine is enough: the kiosk sees none."""
    return sqlite_url


@dataclass
class Screen:
    """The browser of the kiosk."""

    http: httpx.AsyncClient
    page: httpx.Response

    async def get(self, path: str) -> httpx.Response:
        self.page = await self.http.get(path)
        return self.page

    async def press(self, button: str) -> httpx.Response:
        """Send the form that the button is of."""
        form = next(
            part for part in re.findall(r"<form.*?</form>", self.page.text, re.S) if f'id="{button}"' in part
        )
        action = re.search(r'action="([^"]+)"', form)
        token = re.search(r'name="form_token" value="([^"]+)"', form)
        assert action is not None
        assert token is not None
        self.page = await self.http.post(action[1], data={"form_token": token[1]})
        return self.page

    async def begin(self) -> str:
        """Somebody starts; the code that is shown."""
        await self.get("/")
        return self.code_in(await self.press("start"))

    def code_in(self, page: httpx.Response) -> str:
        found = re.search(r'id="code">([A-Z-]{9})<', page.text)
        assert found is not None, page.text
        return found[1]


Share = Callable[[Screen], object]


@pytest.fixture
async def kiosk(house: World, app: ASGIApp) -> AsyncIterator[Screen]:
    metadata = kiosk_metadata(house.server.settings).model_dump()
    await add_app(house.server, KIOSK_ID, KIOSK_SECRET, **metadata)
    settings = Settings(client_id=KIOSK_ID, client_secret=KIOSK_SECRET, port=8003, url=KIOSK)
    program = build_app(
        settings,
        wire=lambda: httpx2.ASGITransport(app=app),
        clock=lambda: house.clock.now() / SECOND,
    )
    transport = httpx.ASGITransport(app=program)
    async with httpx.AsyncClient(transport=transport, base_url=KIOSK, follow_redirects=True) as http:
        yield Screen(http, await http.get("/"))


async def test_from_the_screen_to_her_jobs_and_gone(kiosk: Screen, house: World, visitor: Visitor) -> None:
    code = await kiosk.begin()
    assert kiosk.page.headers["refresh"] == "5"
    assert "<svg" in kiosk.page.text
    assert "Ce code est valable encore" in kiosk.page.text
    await visitor.decide(await reach_consent(visitor, code), scope=["skills"], duration="once")
    house.clock.advance(5 * SECOND)
    page = await kiosk.get("/code")
    assert page.url.path == "/me"
    assert "Bonjour Amina" in page.text
    assert "compétence" in page.text
    assert page.headers["refresh"] == f"{IDLE_SECONDS};url=/ended/idle"
    assert page.headers["cache-control"] == "no-store"
    assert len(await house.events("token.revoked")) == 1
    assert (await kiosk.press("end")).url.path == "/ended/done"
    assert (await kiosk.get("/me")).url.path == "/"
    assert "Amina" not in (await kiosk.get("/code")).text


async def test_the_page_waits_no_faster_than_it_may(kiosk: Screen, house: World) -> None:
    await kiosk.begin()
    for _ in range(5):  # somebody leans on the button
        assert (await kiosk.get("/code")).url.path == "/code"
    house.clock.advance(5 * SECOND)
    assert (await kiosk.get("/code")).headers["refresh"] == "5"


async def test_she_shares_no_skill_and_sees_jobs_all_the_same(
    kiosk: Screen, house: World, visitor: Visitor
) -> None:
    code = await kiosk.begin()
    await visitor.decide(await reach_consent(visitor, code), duration="once")
    house.clock.advance(5 * SECOND)
    assert "c’est votre choix" in (await kiosk.get("/code")).text


async def test_she_says_no(kiosk: Screen, house: World, visitor: Visitor) -> None:
    code = await kiosk.begin()
    await visitor.decide(await reach_consent(visitor, code), "refuse")
    house.clock.advance(5 * SECOND)
    page = await kiosk.get("/code")
    assert page.url.path == "/ended/refused"
    assert page.headers["refresh"] == "20;url=/"


async def test_nobody_answers(kiosk: Screen, house: World) -> None:
    await kiosk.begin()
    for _ in range(9):
        house.clock.advance(MINUTE)
        assert (await kiosk.get("/code")).url.path == "/code"
    house.clock.advance(MINUTE)
    assert (await kiosk.get("/code")).url.path == "/ended/expired"


async def test_who_walks_away_is_forgotten(kiosk: Screen, house: World, visitor: Visitor) -> None:
    code = await kiosk.begin()
    await visitor.decide(await reach_consent(visitor, code), scope=["skills"], duration="once")
    house.clock.advance(5 * SECOND)
    assert (await kiosk.get("/code")).url.path == "/me"
    house.clock.advance((IDLE_SECONDS + 1) * SECOND)
    assert (await kiosk.get("/me")).url.path == "/"  # even where the browser did not come by itself
    assert (await kiosk.get("/ended/idle")).url.path == "/ended/idle"


async def test_the_next_person_finds_nothing_of_the_one_before(
    kiosk: Screen, house: World, visitor: Visitor
) -> None:
    code = await kiosk.begin()
    await visitor.decide(await reach_consent(visitor, code), scope=["skills"], duration="once")
    house.clock.advance(5 * SECOND)
    before = dict(kiosk.http.cookies)
    await kiosk.get("/code")
    other = await kiosk.begin()
    assert other != code
    assert dict(kiosk.http.cookies) != before
    assert (await kiosk.get("/me")).url.path == "/code" or "Amina" not in kiosk.page.text


async def test_a_form_of_elsewhere_starts_nothing(kiosk: Screen) -> None:
    answer = await kiosk.http.post("/start", data={"form_token": "x"})
    assert answer.status_code == 403
    assert (await kiosk.get("/code")).url.path == "/"


async def test_no_page_needs_a_script_and_each_is_in_both_languages(kiosk: Screen) -> None:
    await kiosk.begin()
    french = await kiosk.get("/code")
    english = await kiosk.get("/code?lang=en")
    assert "Prenez votre téléphone" in french.text
    assert "Take your phone" in english.text
    assert "Take your phone" in (await kiosk.get("/code")).text
    assert "Which jobs suit you?" in (await kiosk.get("/?lang=en")).text
    for page in (french, english):
        assert "<script" not in page.text
        assert "script-src" not in page.headers["content-security-policy"]
