"""Path tricks behind a proxy, and names that callers give us: neither decides anything."""

import asyncio

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from foundation.settings import load_settings
from foundation.web import forms
from idp.commands.serve import uvicorn_options
from tests.idp.support import ISSUER, World
from tests.idp.tokens import refused
from tests.idp.visitor import GOOD, Visitor, sent_back

SPOOFED = {
    "Host": "evil.example",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Prefix": "/evil",
    "X-Original-URL": "/admin",
    "X-Rewrite-URL": "/admin",
    "Forwarded": "host=evil.example;proto=https",
}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One engine is enough: paths do not depend on it."""
    return sqlite_url


async def test_no_other_spelling_of_a_path_reaches_what_it_names(house: World, visitor: Visitor) -> None:
    token = (await house.tokens())["access_token"]
    for path in (
        "/token/",
        "//token",
        "/./token",
        "/x/../token",
        "/token;x",
        "/token%2f",
        "/%74oken%00",
        "/TOKEN",
        "/v1/me/skills/",
        "/v1/me//skills",
        "/v1/me/skills;jsessionid=1",
        "/v1/me/skills.json",
        "/v1/me/..%2f..%2fadmin",
        "/static/../../etc/passwd",
        "/static/%2e%2e/%2e%2e/etc/passwd",
        "/static/..%5c..%5cetc",
        "/authorize/",
        "/login/",
        "/account/",
        "/.well-known/openid-configuration/",
    ):
        answer = await visitor.get(ISSUER + path, Authorization=f"Bearer {token}")
        assert answer.status_code in {404, 405}, (path, answer.status_code, answer.headers)
        assert "location" not in answer.headers, path


async def test_a_trailing_slash_never_repeats_a_post_elsewhere(visitor: Visitor) -> None:
    """A framework's own 307 would send the password again, to whatever Host says."""
    for path in ("/login/", "/authorize/", "/logout/"):
        answer = await visitor.post(path, {"password": "x"}, Host="evil.example")
        assert answer.status_code in {404, 405}
        assert "location" not in answer.headers


async def test_the_issuer_is_a_setting(house: World, visitor: Visitor) -> None:
    for path in (
        "/",
        "/login",
        "/help",
        "/errors",
        "/.well-known/openid-configuration",
        "/openapi.json",
        "/v1/me",
    ):
        answer = await visitor.get(path, **SPOOFED)
        assert "evil" not in answer.text, path
        assert all("evil" not in value for value in answer.headers.values()), path
    back = sent_back(await visitor.ask(prompt="none"))
    assert back["iss"] == ISSUER
    answer = await visitor.get(f"/authorize?client_id={GOOD['client_id']}", **SPOOFED)
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("trusted", "told", "counted"),
    [
        ("", "198.51.100.1", "127.0.0.1"),  # nobody named: nobody believed
        ("10.0.0.0/8", "198.51.100.1", "127.0.0.1"),  # another proxy was
        ("127.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "6.6.6.6, 198.51.100.1", "198.51.100.1"),  # what the caller made up comes first
        ("127.0.0.1,10.0.0.0/8", "6.6.6.6, 198.51.100.1, 10.1.2.3", "198.51.100.1"),
        ("127.0.0.1", "", "127.0.0.1"),
    ],
)
async def test_who_calls_is_told_by_our_own_proxies_alone(trusted: str, told: str, counted: str) -> None:
    seen: list[str] = []

    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        seen.append(scope["client"][0])

    options = uvicorn_options(load_settings(trusted_proxies=trusted)) | {"factory": False}
    config = uvicorn.Config(app, **options)
    config.load()
    headers = [(b"x-forwarded-for", told.encode())]
    await config.loaded_app({"type": "http", "client": ("127.0.0.1", 5), "headers": headers}, None, None)
    assert seen == [counted]


async def test_a_slow_body_is_given_up(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forms, "BODY_SECONDS", 0.05)

    async def slow():
        yield b"grant_type=client_"
        await asyncio.sleep(5)
        yield b"credentials"

    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await world.http.post("/token", content=slow(), headers=form)
    refused(answer, "invalid_request", 408)


async def test_our_own_headers_are_on_every_answer(house: World, visitor: Visitor) -> None:
    for path in ("/login", "/nowhere", "/v1/me", "/token", "/jwks", "/authorize", "/health/alive"):
        headers = (await visitor.get(path)).headers
        assert "default-src 'none'" in headers["content-security-policy"], path
        assert "frame-ancestors 'none'" in headers["content-security-policy"], path
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert len(headers["x-trace-id"]) == 32
        assert "strict-transport-security" not in headers  # plain http on the loopback
        assert "server" not in headers


async def test_a_trace_id_is_ours_and_never_the_callers(world: World) -> None:
    own = {"X-Trace-Id": "a" * 32, "X-Request-Id": "b" * 32, "traceparent": f"00-{'c' * 32}-{'d' * 16}-01"}
    answer = await world.http.get("/v1/me", headers=own)
    assert answer.headers["x-trace-id"] not in {"a" * 32, "b" * 32, "c" * 32}
    assert answer.headers.get_list("x-trace-id") == [answer.json()["trace_id"]]
