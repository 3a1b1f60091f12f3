"""A browser at the whole application, without a network: cookies, forms, our own redirects followed."""

from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
from starlette.types import ASGIApp

from foundation.clock import FrozenClock
from idp.people.hashing import Hasher
from tests.idp.support import CHALLENGE, ISSUER, REDIRECT, SCOPES

PASSWORD = "papier pomme cerf-volant"
GOOD = {
    "client_id": "app",
    "redirect_uri": REDIRECT,
    "response_type": "code",
    "scope": SCOPES,
    "state": "st/é&=",
    "nonce": "n-1",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}


@dataclass
class Page(HTMLParser):
    """What a page offers: its forms' hidden fields and where they go."""

    action: str = ""
    hidden: dict[str, str] = field(default_factory=dict)
    boxes: list[tuple[str, str]] = field(default_factory=list)
    ticked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and given.get("method") == "post":
            self.action = given.get("action", "")
        elif tag == "input" and given.get("type") == "hidden":
            self.hidden[given["name"]] = given["value"]
        elif tag == "input" and given.get("type") == "checkbox":
            self.boxes.append((given["name"], given["value"]))
            if "checked" in given:
                self.ticked.append(given["value"])


def read(answer: httpx.Response) -> Page:
    page = Page()
    page.feed(answer.text)
    return page


def sent_back(answer: httpx.Response, redirect_uri: str = REDIRECT) -> dict[str, str]:
    """Assert that an answer returns the browser to the app; the parameters that it carries."""
    assert answer.status_code == 303, (answer.status_code, answer.text[:300])
    location = answer.headers["location"]
    assert location.startswith(redirect_uri), location
    pairs = parse_qsl(urlsplit(location).query, keep_blank_values=True)
    fields = dict(pairs)
    assert len(fields) == len(pairs)
    assert fields["iss"] == ISSUER
    return fields


def is_our_error(answer: httpx.Response, status: int = 400) -> str:
    """Assert that an answer is our own error page, goes nowhere, and can be traced; its text."""
    assert answer.status_code == status, (answer.status_code, answer.headers, answer.text[:300])
    assert "location" not in answer.headers
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["x-trace-id"] in answer.text
    assert answer.headers["cache-control"] == "no-store"
    policy = answer.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    assert "coach.example" not in policy
    return answer.text


def quick_hasher() -> Hasher:
    """The same algorithm, too cheap to protect anyone."""
    return Hasher(memory_kib=8, passes=1)


class Visitor:
    """One browser. The clock moves a little before each request, as time does."""

    def __init__(self, app: ASGIApp, clock: FrozenClock) -> None:
        transport = httpx.ASGITransport(app=app)
        headers = {"accept": "text/html", "accept-language": "fr"}
        self.http = httpx.AsyncClient(transport=transport, base_url=ISSUER, headers=headers)
        self.clock = clock

    async def get(self, path: str, **headers: str) -> httpx.Response:
        self.clock.advance(1000)
        return await self.http.get(path, headers=headers)

    async def post(self, path: str, fields: Any, **headers: str) -> httpx.Response:
        self.clock.advance(1000)
        own = {"Sec-Fetch-Site": "same-origin"} | headers
        body = urlencode(fields, doseq=True)
        own["Content-Type"] = "application/x-www-form-urlencoded"
        return await self.http.post(path, content=body, headers=own)

    async def follow(self, answer: httpx.Response) -> httpx.Response:
        """Go where our own redirects lead; stops at a page, or at an address that is not ours."""
        for _ in range(12):
            location = answer.headers.get("location", "")
            if answer.status_code != 303 or not location.startswith("/"):
                return answer
            answer = await self.get(location)
        raise AssertionError(f"redirected in circles, last to {location}")

    async def ask(self, **changed: Any) -> httpx.Response:
        """GET /authorize as the app sends it, with changes (None leaves out, a list repeats)."""
        fields = {name: value for name, value in (GOOD | changed).items() if value is not None}
        return await self.follow(await self.get(f"/authorize?{urlencode(fields, doseq=True)}"))

    async def sign_in(self, page: httpx.Response, email: str = "amina@example.org") -> httpx.Response:
        assert page.status_code == 200, page.text[:500]
        form = read(page)
        assert form.action == "/login", page.url
        return await self.follow(
            await self.post("/login", form.hidden | {"email": email, "password": PASSWORD})
        )

    async def start(self, **changed: Any) -> httpx.Response:
        """Ask and sign in: the consent page, or what stands in its place."""
        return await self.sign_in(await self.ask(**changed))

    async def decide(self, page: httpx.Response, decision: str = "accept", **ticked: Any) -> httpx.Response:
        """Answer the consent page; ticked: scope, hide, future, duration."""
        form = read(page)
        assert form.action.startswith("/authorize/consent/"), page.text[:500]
        fields = form.hidden | {"decision": decision, "duration": "30d"} | ticked
        return await self.follow(await self.post(form.action, fields))

    async def consented(self, **ticked: Any) -> dict[str, str]:
        """The whole way, once: what the app receives."""
        return sent_back(await self.decide(await self.start(), **{"scope": ["skills"]} | ticked))


NewVisitor = Callable[[], Visitor]
