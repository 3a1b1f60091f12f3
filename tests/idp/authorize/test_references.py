"""Request objects by reference (RFC 9101, 5.2): only where the app said it keeps them, and never inward."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from foundation.outbound.fetching import Limits
from foundation.settings import Settings
from idp.authorize.pushed.routes import PUSHED_PATH
from idp.clients.registry import suspend_client
from keys.sign import b64url
from tests.foundation.outbound.servers import document, request_of, serving
from tests.idp.authorize.test_signed import KEY, made
from tests.idp.support import REDIRECT, World, add_app, settings_for
from tests.idp.tokens import public_jwks, refused
from tests.idp.visitor import GOOD, NewVisitor, Visitor, is_our_error, sent_back

pytestmark = pytest.mark.network
MANY = 12


@dataclass
class Shelf:
    """The app's own server: it keeps a request object, and counts who fetches it."""

    text: str = ""
    status: bytes = b"200 OK"
    headers: tuple[bytes, ...] = (b"Content-Type: application/oauth-authz-req+jwt",)
    asked: int = 0
    port: int = 0

    @property
    def uri(self) -> str:
        return f"http://127.0.0.1:{self.port}/request.jwt"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_of(reader)
        self.asked += 1
        writer.write(document(self.text.encode(), *self.headers, status=self.status))
        await writer.drain()


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One engine is enough: what is fetched is read, not stored."""
    return sqlite_url


@pytest.fixture
async def shelf() -> AsyncIterator[Shelf]:
    kept = Shelf()
    async with serving(kept.serve) as kept.port:
        yield kept


@pytest.fixture
def settings(database_url: str, tmp_path: Path, shelf: Shelf) -> Settings:
    return settings_for(
        database_url,
        tmp_path,
        outbound_allow=f"127.0.0.1:{shelf.port}",
        authorize_per_network=MANY,
    )


@pytest.fixture
async def signer(house: World, shelf: Shelf) -> World:
    house.server.outbound._limits = Limits(seconds=30)  # a busy machine is no slow app
    inward = ("https://169.254.169.254/latest", "https://metadata.internal/x", "https://10.0.0.1/")
    app = await add_app(
        house.server, "signer", "signer-secret", jwks=public_jwks(KEY), request_uris=(shelf.uri, *inward)
    )
    shelf.text = made(house)
    return house.of(app, "signer-secret")


async def bring(visitor: Visitor, uri: str, /, **beside: Any) -> httpx.Response:
    query = {"client_id": "signer", "request_uri": uri} | beside
    return await visitor.follow(await visitor.get(f"/authorize?{urlencode(query, doseq=True)}"))


async def goes_nowhere(visitor: Visitor, uri: str, error: str = "invalid_request_uri") -> None:
    is_our_error(await bring(visitor, uri))
    assert sent_back(await bring(visitor, uri, redirect_uri=REDIRECT))["error"] == error


async def test_an_object_where_the_app_keeps_it(signer: World, visitor: Visitor, shelf: Shelf) -> None:
    page = await visitor.sign_in(await bring(visitor, shelf.uri, scope="openid", state="beside"))
    assert shelf.asked == 1  # once: what was asked does not change while she signs in
    back = sent_back(await visitor.decide(page, scope=["skills"]))
    assert back["state"] == GOOD["state"]
    assert shelf.asked == 1


async def test_a_fragment_tells_versions_apart_and_the_object_is_fetched_for_each(
    signer: World, visitor: Visitor, shelf: Shelf
) -> None:
    """OpenID Connect Core section 6.2: it speaks to caches, and we have none; the signature counts."""
    for asked, version in enumerate((b64url(hashlib.sha256(shelf.text.encode()).digest()), "v2", "")):
        assert (await bring(visitor, f"{shelf.uri}#{version}")).url.path == "/login"
        assert shelf.asked == asked + 1


async def test_an_address_that_is_not_registered_is_not_asked(
    signer: World, visitor: Visitor, shelf: Shelf
) -> None:
    for uri in (
        f"{shelf.uri}?x=1",
        f"{shelf.uri}/",
        shelf.uri.replace("request.jwt", "other.jwt"),
        shelf.uri.replace("127.0.0.1", "localhost"),
        "https://evil.example/r.jwt",
        "file:///etc/passwd",
    ):
        await goes_nowhere(visitor, uri)
    # Nor for an app that registered none, whoever else did.
    is_our_error(await bring(visitor, shelf.uri, client_id="app"))
    assert shelf.asked == 0


async def test_nothing_inside_is_ever_asked(signer: World, visitor: Visitor) -> None:
    """SSRF by request_uri: a registered address is checked like any that is fetched."""
    for uri in ("https://169.254.169.254/latest", "https://metadata.internal/x", "https://10.0.0.1/"):
        await goes_nowhere(visitor, uri)


async def test_what_stands_there_is_judged_like_what_is_sent(
    signer: World, visitor: Visitor, shelf: Shelf
) -> None:
    for shelf.text in (made(signer, aud="https://evil.example"), "<html>secret</html>", "é", ""):
        await goes_nowhere(visitor, shelf.uri, "invalid_request_object")
    shelf.text = made(signer, redirect_uri="https://evil.example/")
    is_our_error(await bring(visitor, shelf.uri, redirect_uri=REDIRECT))


async def test_a_site_that_misbehaves_is_told_as_one_thing(
    signer: World, visitor: Visitor, shelf: Shelf
) -> None:
    good = shelf.text
    for shelf.status, shelf.headers, shelf.text in (
        (b"302 Found", (b"Location: http://127.0.0.1:1/",), good),
        (b"404 Not Found", (), good),
        (b"200 OK", (b"Content-Encoding: gzip",), good),
        (b"200 OK", (), "e" * 100_000),
    ):
        await goes_nowhere(visitor, shelf.uri)


async def test_anyone_can_make_us_fetch_only_so_often(
    signer: World, new_visitor: NewVisitor, shelf: Shelf
) -> None:
    shelf.text = "nothing"
    answers = [await bring(new_visitor(), shelf.uri) for _ in range(MANY + 2)]
    assert [answer.status_code for answer in answers] == [400] * MANY + [429] * 2
    assert shelf.asked == MANY


async def test_a_suspended_app_is_not_asked(signer: World, visitor: Visitor, shelf: Shelf) -> None:
    async with signer.server.db.transaction() as tx:
        await suspend_client(tx, "signer", signer.clock.now())
    is_our_error(await bring(visitor, shelf.uri, redirect_uri=REDIRECT))
    assert shelf.asked == 0


async def test_a_reference_is_not_pushed(signer: World, shelf: Shelf) -> None:
    refused(
        await signer.post(PUSHED_PATH, {"client_id": "signer", "request_uri": shelf.uri}), "invalid_request"
    )
    assert shelf.asked == 0


async def test_keys_behind_an_address_sign_requests_too(house: World, visitor: Visitor, shelf: Shelf) -> None:
    house.server.outbound._limits = Limits(seconds=30)
    shelf.text, shelf.headers = public_jwks(KEY), (b"Content-Type: application/json",)
    await add_app(house.server, "signer", "signer-secret", jwks_uri=shelf.uri)
    for _ in range(2):
        query = {"client_id": "signer", "request": made(house)}
        answer = await visitor.follow(await visitor.get(f"/authorize?{urlencode(query)}"))
        assert answer.url.path == "/login"
    assert shelf.asked == 1
