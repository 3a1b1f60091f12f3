"""An adviser asks, amina answers on her phone, the screen shows what she approved and nothing else."""

import html
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from starlette.types import ASGIApp

from examples.adviser.app import Front, build_app
from examples.adviser.settings import Settings
from examples.kit.words import words
from foundation.clock import SECOND
from idp.ciba.finding import PAGE
from tests.idp.ciba.conversing import Talk, phone, press, talk_of
from tests.idp.conftest import app, house, http, new_visitor, quick_keys, server, settings, visitor, world
from tests.idp.support import ISSUER, World
from tests.idp.visitor import Visitor

__all__ = ["app", "house", "http", "new_visitor", "quick_keys", "server", "settings", "visitor", "world"]
ADVISER = "http://127.0.0.1:8002"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """The sample knows no database."""
    return sqlite_url


class Screen:
    """The adviser's browser; its clock is the house's."""

    def __init__(self, program: ASGIApp) -> None:
        self.client = httpx2.AsyncClient(transport=httpx2.ASGITransport(program), base_url=ADVISER)
        self.path = "/"

    async def see(self, path: str = "", **headers: str) -> httpx2.Response:
        self.path = path or self.path
        return await self.client.get(self.path, headers=headers)

    async def ask(self, person: str) -> httpx2.Response:
        answer = await self.client.post("/ask", data={**await self._token("/"), "person": person})
        self.path = answer.headers.get("location", self.path)
        return answer

    async def end(self) -> httpx2.Response:
        return await self.client.post(f"{self.path}/end", data=await self._token(self.path))

    async def _token(self, path: str) -> dict[str, str]:
        found = re.search(r'name="form_token" value="(\w+)"', (await self.client.get(path)).text)
        assert found
        return {"form_token": found[1]}


@pytest.fixture
async def talk(house: World) -> Talk:
    return await talk_of(house, "adviser-demo", optional_scopes=("skills", "experiences"))


@pytest.fixture
async def screen(app: ASGIApp, talk: Talk) -> AsyncIterator[Screen]:
    settings = Settings(
        issuer=ISSUER,
        client_id="adviser-demo",
        client_secret="app-secret",  # of a test
        port=8002,
        url=ADVISER,
    )
    program = build_app(
        settings, wire=lambda: httpx2.ASGITransport(app), clock=lambda: talk.world.clock.now() / SECOND
    )
    opened = Screen(program)
    yield opened
    await opened.client.aclose()


async def test_what_she_approves_and_nothing_else(screen: Screen, talk: Talk, visitor: Visitor) -> None:
    assert (await screen.ask("amina@example.org")).status_code == 303
    await talk.find()
    waiting = await screen.see()
    assert int(waiting.headers["refresh"]) > 0
    [code] = re.findall(r'id="code">([A-Z0-9-]+)<', waiting.text)
    assert re.fullmatch(r"[A-Z]{3}-[0-9]{3}", code)
    page = await phone(visitor)
    assert code in page.text
    [action] = re.findall(rf'action="({PAGE}/[0-9a-f]{{32}})"', page.text)
    await visitor.decide(await press(visitor, page, action), scope=["skills"])
    talk.world.clock.advance(6 * SECOND)
    shared = await screen.see()
    assert "refresh" not in shared.headers
    mine = [item["label"] for item in (await talk.world.shelf())["skills"]]
    assert re.findall(r"<h3[^>]*>([^<]+)</h3>", html.unescape(shared.text)) == mine
    assert words(Front.folder, "fr")["shared.kept"] in shared.text
    await screen.see(screen.path)
    assert (await screen.end()).status_code == 303
    assert (await screen.see()).status_code == 404


async def test_a_refusal_is_told_kindly(screen: Screen, talk: Talk, visitor: Visitor) -> None:
    await screen.ask("amina@example.org")
    await talk.find()
    page = await phone(visitor)
    [action] = re.findall(rf'action="({PAGE}/[0-9a-f]{{32}}/refuse)"', page.text)
    await press(visitor, page, action)
    talk.world.clock.advance(6 * SECOND)
    assert words(Front.folder, "fr")["refused.title"] in (await screen.see()).text


async def test_nobody_there_ends_like_nobody_answering(screen: Screen, talk: Talk) -> None:
    await screen.ask("nobody@example.org")
    assert words(Front.folder, "en")["waiting.title"] in (await screen.see(**{"accept-language": "en"})).text
    talk.world.clock.advance(601 * SECOND)
    assert words(Front.folder, "fr")["expired.title"] in (await screen.see()).text


async def test_what_is_no_address_another_screen_and_a_foreign_form(screen: Screen, talk: Talk) -> None:
    for wrong in ("", "amina", "a@b"):
        assert (await screen.ask(wrong)).status_code == 400
    await screen.ask("amina@example.org")
    screen.client.cookies.clear()
    assert (await screen.see()).status_code == 404
    assert (await screen.client.post("/ask", data={"person": "amina@example.org"})).status_code == 403
    assert len(await talk.world.events("backchannel.asked")) == 1


async def test_asked_too_often_it_waits(screen: Screen) -> None:
    said = [(await screen.ask("amina@example.org")).status_code for _ in range(3)]
    assert said == [303, 303, 503]


def test_both_languages_say_the_same() -> None:
    assert words(Front.folder, "fr").keys() == words(Front.folder, "en").keys()
    templates = Path(__file__).parents[3] / "examples" / "adviser" / "templates"
    used = {
        key for page in templates.glob("*.html") for key in re.findall(r't\("([a-z_.]+)"', page.read_text())
    }
    assert used - {"shared."} <= words(Front.folder, "fr").keys()
