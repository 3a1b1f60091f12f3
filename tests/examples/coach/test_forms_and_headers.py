"""Forms nobody can forge, our own host only, security headers on every answer, no JavaScript."""

import re
from html.parser import HTMLParser

import httpx2
import pytest

from examples.coach.app import build_app
from examples.coach.settings import Settings

SITE = "http://127.0.0.1:8001"


def _token(page):
    return page.text.split('form_token" value="')[1].split('"')[0]


@pytest.mark.parametrize("path", ["/signin", "/refresh", "/signout"])
@pytest.mark.parametrize(
    ("headers", "fields"),
    [
        ({}, {}),
        ({}, {"form_token": "0" * 64}),
        ({}, {"form_token": "é"}),
        ({"sec-fetch-site": "cross-site"}, {"form_token": "right"}),
        ({"sec-fetch-site": "same-site"}, {"form_token": "right"}),
        ({"sec-fetch-site": "none"}, {"form_token": "right"}),
        ({"origin": "http://127.0.0.1:8000"}, {"form_token": "right"}),
        ({"origin": "null"}, {"form_token": "right"}),
        ({"content-type": "application/json"}, {"form_token": "right"}),
        ({"content-type": "multipart/form-data; boundary=x"}, {"form_token": "right"}),
        ({}, {"form_token": "right", **{f"f{number}": "x" for number in range(40)}}),
        ({}, {"form_token": "right", "big": "x" * 9000}),
    ],
)
async def test_a_forged_form_does_nothing(  # noqa: PLR0917  # a row of the table is three of them
    browser, provider, front, path, headers, fields
):
    await browser.visit("/")
    right = _token(browser.page)
    await browser.press("accord-sign-in")
    await browser.visit("/me")
    right = _token(browser.page) if 'form_token" value="' in browser.page.text else right
    fields = {**fields, **({"form_token": right} if fields.get("form_token") == "right" else {})}
    await browser.post(path, fields, headers=headers)
    assert browser.page.status_code == 403
    assert "Ce formulaire a expiré" in browser.page.text
    assert len(front.sessions) == 1
    assert len(provider.requests) == 1


@pytest.mark.parametrize(
    "headers", [{}, {"origin": SITE}, {"sec-fetch-site": "same-origin", "origin": "null"}]
)
async def test_our_own_form_passes(browser, headers):
    await browser.visit("/")
    await browser.press("accord-sign-in", headers=headers)
    assert browser.path == "/me"


async def test_a_form_without_a_cookie_or_of_another_visitor(browser, other_browser):
    await browser.visit("/")
    await other_browser.post("/signin", {"form_token": _token(browser.page)})
    assert other_browser.page.status_code == 403
    await other_browser.visit("/")
    await other_browser.post("/signin", {"form_token": _token(browser.page)})
    assert other_browser.page.status_code == 403


async def test_a_cookie_of_a_wrong_shape_is_replaced(browser):
    browser.client.cookies.set("capcoaching", "x", domain="127.0.0.1")
    await browser.visit("/")
    assert "capcoaching=" in browser.page.headers["set-cookie"]


@pytest.mark.parametrize(
    "path", ["/", "/jobs", "/jobs/M1607", "/nope", "/static/kit/kit.css", "/static/nope", "/callback?state=x"]
)
async def test_headers_are_on_every_answer(browser, path):
    headers = (await browser.visit(path)).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "form-action 'self' http://127.0.0.1:8000" in policy
    assert "frame-ancestors 'none'" in policy
    assert "script" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cache-control"] == ("public, max-age=3600" if path.startswith("/static/") else "no-store")


async def test_an_unexpected_error_is_a_page_with_headers_too(provider, clock, front, coach, monkeypatch):
    def bug(*_, **__):
        raise RuntimeError("secret detail")

    monkeypatch.setattr("examples.coach.pages.closest", bug)
    monkeypatch.setattr("examples.coach.pages._shared_skills", _some)
    transport = httpx2.ASGITransport(coach, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url=SITE) as client:
        answer = await client.get("/jobs")
    assert answer.status_code == 500
    assert "Une erreur est survenue chez nous" in answer.text
    assert "secret detail" not in answer.text
    assert "content-security-policy" in answer.headers


async def _some(_):
    return (1,)


async def test_another_host_name_is_led_to_ours_or_refused(coach):
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(coach), base_url="http://localhost:8001"
    ) as client:
        answer = await client.get("/me")
        assert (answer.status_code, answer.headers["location"]) == (303, f"{SITE}/")
        assert (await client.post("/signout")).status_code == 421
        assert (await client.get("/health/alive")).status_code == 200


async def test_behind_tls_the_cookie_is_bound_to_the_host(provider, clock):
    app = build_app(
        Settings(url="https://coach.example"), wire=lambda: httpx2.ASGITransport(provider), clock=clock
    )
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app), base_url="https://coach.example"
    ) as client:
        answer = await client.get("/?lang=fr")
    cookies = answer.headers.get_list("set-cookie")
    assert cookies[0].startswith("__Host-capcoaching=")
    assert all("Secure" in cookie and "HttpOnly" in cookie and "SameSite=lax" in cookie for cookie in cookies)
    assert answer.headers["strict-transport-security"]


async def test_what_is_no_request_passes_through(coach):
    """Uvicorn's lifespan messages."""
    sent = []

    async def receive():
        return {"type": "lifespan.startup" if not sent else "lifespan.shutdown"}

    async def send(message):
        sent.append(message["type"])

    await coach({"type": "lifespan", "asgi": {}, "state": {}}, receive, send)
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


@pytest.mark.parametrize(
    ("path", "method"),
    [
        ("/me", "POST"),
        ("/signout", "GET"),
        ("/refresh", "GET"),
        ("/stopped/nope", "GET"),
        ("/jobs/X9999", "GET"),
    ],
)
async def test_what_does_not_exist(browser, path, method):
    answer = await browser.client.request(method, SITE + path)
    assert answer.status_code in {404, 405}
    assert "Cette page n’existe pas" in answer.text


class Checker(HTMLParser):
    """Balanced tags, unique ids, every field named, one h1, headings that skip no level, no inline code."""

    VOID = frozenset({"meta", "link", "input", "br"})

    def __init__(self):
        super().__init__()
        self.open, self.ids, self.headings, self.problems, self.labelled_by = [], set(), [], [], []

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag not in self.VOID:
            self.open.append(tag)
        if (name := given.get("id")) is not None:
            self.problems += [f"id twice: {name}"] * (name in self.ids)
            self.ids.add(name)
        self.labelled_by += (given.get("aria-labelledby") or "").split()
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "script" or "style" in given or any(name.startswith("on") for name in given):
            self.problems.append(f"inline code in {tag}")
        if tag == "input" and given["type"] != "hidden" and "label" not in self.open:
            self.problems.append("a field without a label")

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in self.VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.problems.append(f"unbalanced {tag}")

    def verdict(self):
        jumps = [
            (before, after)
            for before, after in zip(self.headings, self.headings[1:], strict=False)
            if after > before + 1
        ]
        missing = [name for name in self.labelled_by if name not in self.ids]
        return [*self.problems, *jumps, *missing, *self.open] + ["h1"] * (self.headings.count(1) != 1)


PAGES = [
    "/",
    "/privacy",
    "/jobs",
    "/jobs/M1607",
    "/jobs/M1607?done=1&have=300361",
    "/me",
    "/nope",
    "/callback?state=x",
]
ENDINGS = [f"/stopped/{reason}" for reason in ("refused", "withdrawn", "ended", "signed_out", "busy")]


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("signed_in", [False, True])
async def test_every_page_is_well_made(browser, provider, signed_in, language):
    provider.granted = "openid profile skills trainings offline_access"
    if signed_in:
        await browser.sign_in()
    for path in [*PAGES, *ENDINGS]:
        page = await browser.visit(f"{path}{'&' if '?' in path else '?'}lang={language}")
        checker = Checker()
        checker.feed(page.text)
        assert checker.verdict() == [], path
        assert f'<html lang="{language}">' in page.text
        assert page.headers["content-language"] == language


async def test_the_language_link_keeps_what_was_ticked(browser):
    await browser.visit("/jobs/M1607?have=300361&done=1&x=<b>")
    assert 'href="?have=300361&amp;done=1&amp;lang=en"' in browser.page.text
    assert "<b>" not in browser.page.text


async def test_the_chosen_language_is_remembered(browser):
    await browser.visit("/?lang=en")
    await browser.visit("/jobs")
    assert '<html lang="en">' in browser.page.text
    await browser.visit("/jobs?lang=xx")
    assert '<html lang="en">' in browser.page.text
