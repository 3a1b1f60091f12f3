"""Whatever a protocol or data endpoint is sent, its answer is a clear error with a trace id: never a 500."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote_from_bytes

import httpx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foundation.clock import FrozenClock
from idp.endpoints import lean_table
from idp.running.opening import open_server
from tests.idp.support import ISSUER, World, lean_app, settings_for
from tests.idp.tokens import b64, handmade

NAMES = st.sampled_from(
    [
        "grant_type",
        "code",
        "redirect_uri",
        "code_verifier",
        "refresh_token",
        "scope",
        "client_id",
        "client_secret",
        "client_assertion",
        "client_assertion_type",
        "token",
        "token_type_hint",
    ]
)
JUNK = st.binary(max_size=60) | st.text(max_size=40).map(lambda text: text.encode("utf-8", "surrogatepass"))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=6,
)
CLAIMS = st.dictionaries(
    st.sampled_from(["jti", "sub", "iss", "aud", "exp", "iat", "nbf", "scope", "grant_id"]), JSON, max_size=6
)
HEADERS = st.dictionaries(
    st.sampled_from(["alg", "kid", "typ", "crit", "b64", "jwk", "jku", "zip", "enc", "p2c"]),
    JSON | st.sampled_from(["ES256", "RS256", "none", "HS256"]),
    max_size=5,
)


def jwt(header: dict[str, Any], claims: dict[str, Any], signature: bytes) -> str:
    try:
        return handmade(header, claims, signature)
    except UnicodeEncodeError:
        return "a.b.c"


JWTS = st.builds(jwt, HEADERS, CLAIMS, st.binary(max_size=80))
SHAPES = st.sampled_from(
    [
        "authorization_code",
        "refresh_token",
        "client_credentials",
        "app",
        "app-secret",
        "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        f"ac_{'0' * 32}.{'A' * 43}",
        f"rt_{'0' * 32}.1.{'A' * 43}",
        f"rt_{'0' * 32}.{'9' * 18}.{'A' * 43}",
    ]
)
VALUES = JUNK | (SHAPES | JWTS).map(str.encode)
FORMS = st.lists(st.tuples(NAMES, VALUES), max_size=6)
AUTHORIZATIONS = (
    st.none()
    | st.binary(max_size=40).map(lambda raw: b"Basic " + b64(raw).encode())
    | st.binary(max_size=40).map(lambda raw: b"Basic " + raw)
    | st.tuples(JUNK, JUNK).map(lambda pair: b"Basic " + b64(pair[0] + b":" + pair[1]).encode())
    | JWTS.map(lambda text: b"Bearer " + text.encode())
    | JUNK.map(lambda raw: b"Bearer " + raw)
    | st.just(b"Basic YXBwOmFwcC1zZWNyZXQ=")
)


def told_clearly(answer: httpx.Response) -> None:
    assert answer.status_code < 500, (answer.request, answer.text)
    if answer.status_code >= 400:
        body: dict[str, Any] = answer.json()
        assert body["trace_id"] == answer.headers["x-trace-id"]
        assert body["error"]
        assert body["error_description"].isascii()
        assert body["error_description"].isprintable()
        assert "Traceback" not in answer.text


QUICK = settings(
    max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


async def ask(world: World, method: str, path: str, header: bytes | None, body: bytes) -> httpx.Response:
    headers = [(b"content-type", b"application/x-www-form-urlencoded")]
    headers += [] if header is None else [(b"authorization", header.replace(b"\n", b"").replace(b"\r", b""))]
    return await world.http.request(method, path, headers=headers, content=body)


@QUICK
@given(path=st.sampled_from(["/token", "/revoke", "/introspect", "/par"]), form=FORMS, header=AUTHORIZATIONS)
async def test_forms(world: World, path: str, form: list[tuple[str, bytes]], header: bytes | None) -> None:
    body = "&".join(f"{name}={quote_from_bytes(value)}" for name, value in form).encode()
    told_clearly(await ask(world, "POST", path, header, body))


@QUICK
@given(path=st.sampled_from(["/token", "/revoke", "/introspect", "/par"]), body=st.binary(max_size=200))
async def test_bodies(world: World, path: str, body: bytes) -> None:
    told_clearly(await ask(world, "POST", path, b"Basic YXBwOmFwcC1zZWNyZXQ=", body))


@QUICK
@given(path=st.sampled_from(["/v1/me", "/v1/me/skills", "/userinfo"]), header=AUTHORIZATIONS)
async def test_bearers(world: World, path: str, header: bytes | None) -> None:
    told_clearly(await ask(world, "GET", path, header, b""))


@QUICK
@given(query=st.lists(st.tuples(st.sampled_from(["event_id", "x"]), JUNK), max_size=3))
async def test_queries(world: World, query: list[tuple[str, bytes]]) -> None:
    text = "&".join(f"{name}={quote_from_bytes(value)}" for name, value in query)
    answer = await ask(world, "GET", f"/ledger/proof?{text}", None, b"")
    if answer.status_code != 503:  # nothing is signed in this world
        told_clearly(answer)


async def test_every_lean_endpoint_with_nothing_at_all(world: World) -> None:
    for path, methods in lean_table(world.server).items():
        for method in methods:
            answer = await world.http.request(method, path)
            assert answer.status_code < 500 or path == "/ledger/checkpoint", path


async def test_the_fuzz_left_nothing_behind(world: World) -> None:
    """Refused calls write no event: nobody can fill the log by knocking."""
    before = len(await world.events("token.issued"))
    for fields in ({"grant_type": "client_credentials", "scope": "x"}, {"grant_type": "x"}, {"code": "x"}):
        await world.post("/token", fields)
    assert len(await world.events("token.issued")) == before
    assert await world.events("code.replayed") == []
    assert json.loads((await world.http.get("/health/alive")).text) == {"alive": True}


async def test_a_fresh_server_is_as_hard(sqlite_url: str, tmp_path: Path, quick_keys: None) -> None:
    """No client, no person, no grant: the same clear answers."""
    fields = {"grant_type": "client_credentials", "client_id": "x"}
    async with open_server(settings_for(sqlite_url, tmp_path), FrozenClock()) as server:
        transport = httpx.ASGITransport(app=lean_app(server))
        async with httpx.AsyncClient(transport=transport, base_url=ISSUER) as http:
            for path in ("/token", "/revoke", "/introspect", "/par"):
                told_clearly(await http.post(path, data=fields))
            told_clearly(await http.get("/v1/me", headers={"Authorization": "Bearer x"}))
