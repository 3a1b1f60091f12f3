"""Fixtures of journeys: one house and one Chromium a run, and the actors that a test calls up.

`tests/flows/conftest.py` and `tests/browser/conftest.py` take these names; both share what is started.
"""

import inspect
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from typing import Any, TypeVar

import playwright.async_api as playwright
import pytest
import pytest_asyncio

from tests.actors.auditor import Auditor
from tests.actors.browser import Browser
from tests.actors.house import House
from tests.actors.relying_party import RelyingParty
from tests.support.skips import program

_LOCALES = {"fr": "fr-FR", "en": "en-GB"}
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--no-first-run",
]
_TIMEOUT = 20_000  # milliseconds; two cores may be busy with other tests

StartedT = TypeVar("StartedT")
_HOUSE = pytest.StashKey[House]()
_CHROMIUM = pytest.StashKey[playwright.Browser]()


def on_the_session_loop(items: list[pytest.Item], folder: str) -> None:
    """Mark what is under a folder: a real browser, and one event loop for all (Playwright lives on it)."""
    for item in items:
        if item.path.is_relative_to(folder) and inspect.iscoroutinefunction(getattr(item, "obj", None)):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest.fixture(scope="session")
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The demonstration on SQLite, running."""
    program("chromium")  # without it every test here is skipped: do not start anything
    stash = request.config.stash
    if _HOUSE in stash:
        yield stash[_HOUSE]
        return
    running = stash[_HOUSE] = House(tmp_path_factory.mktemp("house"))
    running.start()
    yield running
    running.stop()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium(request: pytest.FixtureRequest) -> AsyncIterator[playwright.Browser]:
    """Debian's Chromium."""
    stash = request.config.stash
    if _CHROMIUM in stash:
        yield stash[_CHROMIUM]
        return
    async with playwright.async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=program("chromium"), args=_ARGUMENTS)
        stash[_CHROMIUM] = browser
        yield browser
        await browser.close()


class Stage:
    """Calls up actors; at the end, what a page did that none may do fails the test."""

    def __init__(self, chromium: playwright.Browser, house: House, exits: AsyncExitStack) -> None:
        self.house = house
        self._chromium = chromium
        self._exits = exits
        self._browsers: list[Browser] = []
        self._apps: list[RelyingParty] = []

    async def browser(
        self, *, width: int = 1280, language: str = "fr", scripts: bool = False, **options: Any
    ) -> Browser:
        """A browser that nobody used before. scripts: whether JavaScript runs. options: of Playwright."""
        context = await self._chromium.new_context(
            viewport={"width": width, "height": 900},
            locale=_LOCALES[language],
            timezone_id="Europe/Paris",
            java_script_enabled=scripts,
            **options,
        )
        self._exits.push_async_callback(context.close)
        context.set_default_timeout(_TIMEOUT)
        browser = Browser(await context.new_page(), self.house, [app.origin for app in self._apps])
        self._browsers.append(browser)
        return browser

    async def app(self, name: str, scope: str, owner: str | None = None) -> RelyingParty:
        """A partner's app, registered now. scope: everything it may ask. owner: the partner's address."""
        app = RelyingParty(self.house, name)
        await app.open(scope, owner)
        self._exits.push_async_callback(app.close)
        self._apps.append(app)
        for browser in self._browsers:
            browser.watch.allow(app.origin)
        return app

    async def auditor(self) -> Auditor:
        """An auditor, signed in."""
        auditor = Auditor(await self.browser())
        await auditor.sign_in()
        return auditor

    def complaints(self) -> list[str]:
        """What the pages did that none may do."""
        return [said for browser in self._browsers for said in browser.watch.complaints]


@pytest_asyncio.fixture(loop_scope="session")
async def stage(chromium: playwright.Browser, house: House) -> AsyncIterator[Stage]:
    """The actors of one test, in the run's house."""
    async with AsyncExitStack() as exits:
        set_up = Stage(chromium, house, exits)
        yield set_up
        assert set_up.complaints() == []
