"""private_key_jwt with keys behind an address: real sockets, both databases, hostile addresses too."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from foundation.clock import MINUTE, FrozenClock
from foundation.outbound.fetching import Limits, Outbound
from foundation.outbound.problems import OutboundError
from foundation.settings import Settings
from idp.clients.published_keys import IN_A_ROW
from idp.clients.registry import find_client, suspend_client
from idp.context import Server
from tests.foundation.outbound.servers import document, names, request_of, serving
from tests.idp.support import ISSUER, World, add_app, settings_for
from tests.idp.tokens import app_key, asserting, assertion_claims, public_jwks, refused, signed

pytestmark = pytest.mark.network

ASK = {"grant_type": "client_credentials"}


@dataclass
class Site:
    """The app's own server: it publishes `jwks`, and counts who asks."""

    jwks: str = ""
    asked: int = 0
    status: bytes = b"200 OK"
    held: asyncio.Event | None = None
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    headers: list[bytes] = field(default_factory=lambda: [b"Content-Type: application/json"])
    port: int = 0

    @property
    def uri(self) -> str:
        return f"http://127.0.0.1:{self.port}/keys"

    def hold(self) -> asyncio.Event:
        """Answer nobody from now on, until the event is set."""
        self.held, self.reached = asyncio.Event(), asyncio.Event()
        return self.held

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_of(reader)
        self.asked += 1
        self.reached.set()
        if self.held is not None:
            await self.held.wait()
        writer.write(document(self.jwks.encode(), *self.headers, status=self.status))
        await writer.drain()


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    made = Site(public_jwks(app_key("ES256"), app_key("RS256")))
    async with serving(made.serve) as made.port:
        yield made


@pytest.fixture
def settings(database_url: str, tmp_path: Path, site: Site) -> Settings:
    return settings_for(database_url, tmp_path, outbound_allow=f"127.0.0.1:{site.port}")


@pytest.fixture
async def keyed(world: World, site: Site, clock: FrozenClock) -> World:
    """An app whose keys are at its own site; time there passes with the test's clock."""
    world.server.app_keys._elapsed = clock.now
    world.server.outbound._limits = Limits(seconds=30)  # a busy machine is no slow site
    app = await add_app(world.server, "keyed", None, auth_method="private_key_jwt", jwks_uri=site.uri)
    return world.of(app, "")


def good(world: World, key: Any = None, **changed: Any) -> str:
    return signed(assertion_claims("keyed", ISSUER, world.clock, **changed), key or app_key())


async def present(world: World, assertion: str | None = None, **fields: str) -> httpx.Response:
    return await world.post("/token", asserting(assertion or good(world), **ASK | fields))


@pytest.mark.parametrize("alg", ["ES256", "RS256"])
async def test_an_app_signs_with_a_key_of_its_own_site(keyed: World, site: Site, alg: str) -> None:
    for _ in range(3):
        answer = await present(keyed, good(keyed, app_key(alg)))
        assert answer.status_code == 200, answer.text
    assert site.asked == 1


async def test_a_code_is_redeemed_and_shown_and_given_back_with_a_key_fetched_meanwhile(
    keyed: World, site: Site
) -> None:
    await keyed.grant(keyed.client)
    code = await keyed.code(keyed.client)
    tokens = (await keyed.redeem(code, **asserting(good(keyed)))).json()
    for path, says in (
        ("/introspect", {"active": True}),
        ("/revoke", {}),
        ("/introspect", {"active": False}),
    ):
        keyed.clock.advance(15 * MINUTE if says else 0)
        shown = asserting(good(keyed), token=tokens["refresh_token"])
        answer = await keyed.post(path, shown)
        assert answer.status_code == 200, answer.text
        assert answer.json().items() >= says.items()
    assert site.asked == 3


async def test_an_app_moves_to_a_new_key_by_publishing_it(keyed: World, site: Site) -> None:
    assert (await present(keyed)).status_code == 200
    site.jwks = public_jwks(app_key("ES256", 2))
    newer = app_key("ES256", 2)
    assert (await present(keyed, good(keyed, newer))).status_code == 200  # at once
    refused(await present(keyed, good(keyed)), "invalid_client", 401)  # the old one is gone with it
    assert site.asked == 3


async def test_a_flood_of_unknown_keys_is_a_few_fetches_and_no_entry(keyed: World, site: Site) -> None:
    released = site.hold()
    stranger = app_key("ES256", 9)
    calls = [
        asyncio.create_task(present(keyed, good(keyed, stranger, jti=f"j{number}"))) for number in range(20)
    ]
    await site.reached.wait()
    released.set()
    for answer in await asyncio.gather(*calls):
        refused(answer, "invalid_client", 401)
    asked = site.asked
    assert asked <= IN_A_ROW
    assert (await present(keyed)).status_code == 200
    assert site.asked == asked


async def test_other_units_are_written_while_a_site_keeps_us_waiting(keyed: World, site: Site) -> None:
    """The fetch holds no unit, no connection and no lock of the database."""
    other = await add_app(keyed.server, "quick", "quick-secret")
    released = site.hold()
    waiting = [asyncio.create_task(present(keyed)) for _ in range(12)]  # more than the pool has connections
    await site.reached.wait()
    for _ in range(3):
        assert (await keyed.of(other, "quick-secret").post("/token", ASK)).status_code == 200
    assert not any(one.done() for one in waiting)
    released.set()
    assert [answer.status_code for answer in await asyncio.gather(*waiting)] == [200] * 12


async def test_what_changed_while_we_waited_counts(keyed: World, site: Site) -> None:
    """An app suspended, or a token revoked, during the fetch: the answer is that of after it."""
    issued = (await present(keyed)).json()["access_token"]
    keyed.clock.advance(5 * MINUTE)
    released = site.hold()
    shown = asyncio.create_task(keyed.post("/introspect", asserting(good(keyed), token=issued)))
    await site.reached.wait()
    given_back = await keyed.post("/revoke", asserting(good(keyed), token=issued))
    assert given_back.status_code == 200
    released.set()
    assert (await shown).json() == {"active": False}
    keyed.clock.advance(5 * MINUTE)
    released = site.hold()
    asked = asyncio.create_task(present(keyed))
    await site.reached.wait()
    async with keyed.server.db.transaction() as tx:
        assert await suspend_client(tx, "keyed", keyed.clock.now())
    released.set()
    refused(await asked, "invalid_client", 401)


async def test_a_site_that_fails_is_no_error_of_ours_and_the_last_keys_go_on(
    keyed: World, site: Site
) -> None:
    assert (await present(keyed)).status_code == 200
    site.status = b"503 Down"
    keyed.clock.advance(30 * MINUTE)
    assert (await present(keyed)).status_code == 200
    keyed.clock.advance(30 * MINUTE)
    refused(await present(keyed), "invalid_client", 401)
    site.status = b"200 OK"
    keyed.clock.advance(MINUTE)
    assert (await present(keyed)).status_code == 200


async def test_sets_that_nobody_should_trust(keyed: World, site: Site) -> None:
    private = json.dumps({"keys": [app_key().as_dict(private=True)]})
    for jwks in (private, '{"keys": []}', "[]", "", "<html>", "[" * 60_000, " " * 70_000):
        site.jwks = jwks
        keyed.clock.advance(MINUTE)
        refused(await present(keyed), "invalid_client", 401)
    site.jwks = public_jwks(app_key())
    site.headers = [b"Content-Type: text/html"]
    keyed.clock.advance(MINUTE)
    refused(await present(keyed), "invalid_client", 401)
    site.headers = [b"Content-Type: application/json", b"Content-Encoding: gzip"]
    keyed.clock.advance(MINUTE)
    refused(await present(keyed), "invalid_client", 401)
    site.status, site.headers = b"302 Found", [b"Location: " + site.uri.encode()]
    keyed.clock.advance(MINUTE)
    refused(await present(keyed), "invalid_client", 401)


async def test_an_assertion_is_used_once_with_fetched_keys_too(keyed: World) -> None:
    assertion = good(keyed)
    answers = await asyncio.gather(*(present(keyed, assertion) for _ in range(64)))
    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 63


async def test_a_header_cannot_say_where_the_keys_are(keyed: World, site: Site) -> None:
    stranger = app_key("ES256", 5)
    claims = assertion_claims("keyed", ISSUER, keyed.clock)
    jwk = stranger.as_dict(private=False)
    for header in ({"jku": f"{site.uri}?other"}, {"x5u": site.uri}, {"jwk": jwk}, {"kid": "../../keys"}):
        refused(await present(keyed, signed(claims, stranger, **header)), "invalid_client", 401)
    assert site.asked <= IN_A_ROW


# --- where keys may not be -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "uri",
    [
        "http://coach.example/keys",
        "http://127.0.0.1:1/keys",
        "https://127.0.0.1/keys",
        "https://10.1.2.3/keys",
        "https://[::1]/keys",
        "https://[::ffff:169.254.169.254]/latest/meta-data",
        "https://localhost/keys",
        "https://vault.internal/keys",
    ],
)
async def test_an_address_of_our_own_network_is_not_registered(world: World, uri: str) -> None:
    with pytest.raises(OutboundError):
        await add_app(world.server, "inside", None, auth_method="private_key_jwt", jwks_uri=uri)
    async with world.server.db.reading() as tx:
        assert await find_client(tx, "inside") is None


@contextlib.contextmanager
def leading_to(server: Server, *addresses: str):
    """The server's way out, with a resolver that knows rebound.example at these addresses."""
    outbound = Outbound(resolve=names(rebound_example=list(addresses)))
    held = server.app_keys._outbound
    server.app_keys._outbound = outbound
    try:
        yield
    finally:
        server.app_keys._outbound = held
        outbound.close()


async def test_a_name_that_leads_into_our_network_is_not_followed(world: World, site: Site) -> None:
    uri = f"https://rebound.example:{site.port}/keys"
    app = await add_app(world.server, "keyed", None, auth_method="private_key_jwt", jwks_uri=uri)
    with leading_to(world.server, "127.0.0.1"):
        refused(await present(world.of(app, "")), "invalid_client", 401)
    assert site.asked == 0
