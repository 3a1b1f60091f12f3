"""Cap Coaching, a provider and a browser, in one process: no socket is opened."""

import re
import time
from urllib.parse import urlsplit

import httpx2
import pytest

from examples.coach.app import build_app
from examples.coach.settings import Settings
from tests.examples.coach.provider import ISSUER, Provider

COACH = "http://127.0.0.1:8001"


class Clock:
    """Seconds since 1970, moved by the test. Authlib reads time.time(), so both are moved together."""

    def __init__(self, patch):
        self._ahead = 0.0
        self._real = time.time
        patch.setattr("time.time", self)

    def __call__(self):
        return self._real() + self._ahead

    def forward(self, seconds):
        self._ahead += seconds


class Internet(httpx2.AsyncBaseTransport):
    """Two programs by origin, in the process."""

    def __init__(self, programs):
        self._programs = {origin: httpx2.ASGITransport(program) for origin, program in programs.items()}

    async def handle_async_request(self, request):
        origin = f"{request.url.scheme}://{request.url.netloc.decode()}"
        return await self._programs[origin].handle_async_request(request)


class Browser:
    """A person's browser: cookies, redirects between the two programs, forms."""

    def __init__(self, coach, provider):
        self.client = httpx2.AsyncClient(transport=Internet({COACH: coach, ISSUER: provider}))
        self.page = None
        self.trail = []

    async def visit(self, path, **options):
        return await self._follow("GET", path if "://" in path else COACH + path, **options)

    async def press(self, button, fields=None, **options):
        """Submits the form whose button has that id, with its hidden fields."""
        form = next(
            part for part in re.findall(r"<form.*?</form>", self.page.text, re.S) if f'id="{button}"' in part
        )
        action = re.search(r'action="([^"]+)"', form).group(1)
        hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form))
        return await self._follow("POST", COACH + action, data={**hidden, **(fields or {})}, **options)

    async def post(self, path, fields, **options):
        return await self._follow("POST", COACH + path, data=fields, **options)

    async def _follow(self, method, url, **options):
        self.trail = [url]
        self.page = await self.client.request(method, url, **options)
        while self.page.is_redirect:
            url = str(self.page.next_request.url)
            self.trail.append(url)
            self.page = await self.client.get(url)
        return self.page

    async def sign_in(self):
        await self.visit("/")
        return await self.press("accord-sign-in")

    @property
    def path(self):
        return urlsplit(str(self.page.url)).path

    @property
    def cookie(self):
        return self.client.cookies.get("capcoaching")

    def listed(self, name):
        """The texts of a list's items, tags left out."""
        inside = re.search(rf'<[uo]l[^>]*id="{name}">(.*?)</[uo]l>', self.page.text, re.S)
        items = re.findall(r"<li.*?</li>", inside.group(1), re.S) if inside else []
        return [" ".join(re.sub(r"<[^>]+>", " ", item).split()) for item in items]


@pytest.fixture
def clock(monkeypatch):
    return Clock(monkeypatch)


@pytest.fixture
def provider(clock):
    return Provider(clock)


@pytest.fixture
def coach(provider, clock):
    return build_app(Settings(), wire=lambda: httpx2.ASGITransport(provider), clock=clock)


@pytest.fixture
def front(coach):
    """What the program holds, to see that it holds nothing any more."""
    return coach._app.state.front


@pytest.fixture
async def browser(coach, provider):
    actor = Browser(coach, provider)
    yield actor
    await actor.client.aclose()


@pytest.fixture
async def other_browser(coach, provider):
    actor = Browser(coach, provider)
    yield actor
    await actor.client.aclose()
