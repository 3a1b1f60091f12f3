"""Texts of partners, callers and people on our pages: shown as text, never as markup, script or direction."""

import re
from html.parser import HTMLParser
from typing import Any

import pytest

from consent.catalogue import Phrase
from tests.idp.support import World, add_app
from tests.idp.visitor import NewVisitor, Visitor, read, sent_back

SCRIPT = "<script>alert(1)</script>"
HANDLER = '"><img src=x onerror=alert(1)>'
TEMPLATE = "{{ 7*7 }}{% raw %}"
WORDS = f"{SCRIPT}{HANDLER}{TEMPLATE}"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One engine is enough: pages do not depend on it."""
    return sqlite_url


class Tags(HTMLParser):
    """The elements and attributes of a page, as a browser reads them."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def is_inert(text: str) -> None:
    """Assert that nothing hostile became an element, a handler, a script address or a template's result."""
    tags = Tags()
    tags.feed(text)
    for tag, attributes in tags.found:
        assert tag not in {"iframe", "object", "embed", "base"}, tag
        assert not any(name.startswith("on") for name in attributes), (tag, attributes)
        assert "style" not in attributes
        for name in ("href", "src", "action", "formaction"):
            value = (attributes.get(name) or "").strip().lower()
            assert not value.startswith(("javascript:", "data:text", "vbscript:")), value
        assert (attributes.get("src") or "/").startswith("/"), attributes  # no third party is asked
        if tag == "script":
            assert (attributes.get("src") or "").startswith("/static/"), attributes
    assert "alert(1)</script>" not in text
    assert "<img src=x" not in text


@pytest.fixture
async def hostile(house: World) -> dict[str, Any]:
    """An app all of whose words are hostile, as far as registration lets them be; how it asks."""
    await add_app(
        house.server,
        "hostile",
        "s",
        name=f"{SCRIPT}{HANDLER}"[:80],
        legal_entity=WORDS,
        contact=WORDS,
        homepage="https://coach.example/%22%3E%3Cscript%3E",
        privacy_url="https://coach.example/?a=<script>&b='",
        tos_uri="https://coach.example/terms/?a=%22onload=alert(1)",
        logo_uri="https://logo.example/l.png",
        purpose=Phrase(WORDS, WORDS),
        retention=Phrase(WORDS, WORDS),
        scope_reasons={"skills": Phrase(WORDS, WORDS), "profile": Phrase(WORDS, WORDS)},
    )
    return {"client_id": "hostile"}


async def test_an_apps_words_are_text_everywhere(
    house: World, visitor: Visitor, new_visitor: NewVisitor, hostile: dict[str, Any]
) -> None:
    login = await visitor.ask(**hostile)
    is_inert(login.text)
    consent = await visitor.sign_in(login)
    is_inert(consent.text)
    assert "&lt;script&gt;" in consent.text
    assert "49" not in re.sub(r"[0-9a-f]{16,}", "", consent.text).partition("Pour")[2][:300]
    is_inert((await visitor.decide(consent, decision="maybe")).text)
    sent_back(await visitor.decide(consent, scope=["skills"]))
    leaving = ("/end-session?client_id=hostile", "/end-session?client_id=hostile&post_logout_redirect_uri=x")
    for path in ("/account", "/account/apps", "/account/history", *leaving):
        page = await visitor.get(path)
        assert page.status_code == 200
        is_inert(page.text)
    stranger = new_visitor()
    done = await stranger.follow(await stranger.get(leaving[1]))
    assert "&lt;script&gt;" in done.text
    is_inert(done.text)
    [given] = await house.events("consent.given")
    page = await visitor.get(f"/account/apps/{given['grant']}")
    assert page.status_code == 200
    is_inert(page.text)
    is_inert((await visitor.get(f"/account/apps/{given['grant']}/receipts/1")).text)


async def test_a_persons_own_words_are_text_too(house: World, visitor: Visitor) -> None:
    await house.put("skills", kind="free", label=f"{SCRIPT}{HANDLER}", level="advanced")
    await house.put("interests", label=SCRIPT, detail=WORDS)
    consent = await visitor.start()
    is_inert(consent.text)
    for path in ("/account", "/account/apps", "/account/history"):
        is_inert((await visitor.get(path)).text)


async def test_a_callers_words_are_text_too(visitor: Visitor) -> None:
    for hostile in (WORDS, "\u202egnihcaoC", "'><svg/onload=alert(1)>", "javascript:alert(1)"):
        for changed in (
            {"login_hint": hostile},
            {"ui_locales": hostile},
            {"client_id": hostile},
            {"redirect_uri": hostile},
            {"state": hostile, "client_id": "nobody"},
        ):
            answer = await visitor.ask(**changed)
            is_inert(answer.text)
        for path in (
            f"/login?next={hostile}",
            f"/login?request={hostile}",
            f"/?notice={hostile}",
            f"/?error=server_error&error_description={hostile}&error_uri={hostile}",
            f"/errors?error_description={hostile}",
            f"/signed-out?client_id=app&post_logout_redirect_uri={hostile}&state={hostile}",
            f"/signed-out?ui_locales={hostile}",
            f"/{hostile}",
        ):
            is_inert((await visitor.get(path)).text)


async def test_a_policy_lets_nothing_run_that_is_not_ours(visitor: Visitor) -> None:
    consent = await visitor.start()
    for page in (consent, await visitor.get("/account/apps"), await visitor.get("/errors")):
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "*" not in policy
    assert "form-action 'self' https://coach.example;" in consent.headers["content-security-policy"] + ";"
    assert "https://coach.example" not in (await visitor.get("/account")).headers["content-security-policy"]


async def test_where_a_sign_in_returns_is_always_here(visitor: Visitor) -> None:
    """Return addresses parsed as local when they are not (Duende CVE-2024-39694)."""
    for elsewhere in (
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/;@evil.example",
        "https://evil.example/",
        "https:evil.example",
        "/%09/evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        "/%5cevil.example",
        "/..//evil.example",
    ):
        login = await visitor.http.get("/login", params={"next": elsewhere})
        if login.status_code != 200:
            assert "location" not in login.headers
            continue
        form = read(login)
        fields = form.hidden | {"email": "amina@example.org", "password": "papier pomme cerf-volant"}
        answer = await visitor.post("/login", fields)
        location = answer.headers["location"]
        assert location.startswith("/"), (elsewhere, location)
        assert not location.startswith(("//", "/\\")), (elsewhere, location)
        await visitor.post("/logout", {"form_token": read(await visitor.get("/logout")).hidden["form_token"]})
