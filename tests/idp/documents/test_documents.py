"""A client_id that is an address: fetched, pinned, held to it; and everything that is no such app."""

import asyncio
from typing import Any

import httpx
import pytest

from foundation.clock import DAY, HOUR, MINUTE
from foundation.errors import AccordError
from idp.clients.declarations import Declarations, Hand
from idp.clients.registry import Client, find_client
from idp.clients.versions import waiting
from idp.documents.finding import BY_HOST, KEPT
from idp.documents.reading import host_in
from idp.documents.resuming import resume_client
from tests.idp.documents.site import ADDRESS, CALLBACK, JSON, Site, described
from tests.idp.support import CHALLENGE, VERIFIER, World
from tests.idp.tokens import app_key, asserting, assertion_claims, refused, signed

pytestmark = pytest.mark.network
ASKED = {
    "response_type": "code",
    "redirect_uri": CALLBACK,
    "scope": "openid",
    "state": "s",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}


async def push(world: World, client_id: str = ADDRESS, **changed: str) -> httpx.Response:
    return await world.http.post("/par", data={"client_id": client_id} | ASKED | changed)


async def kept(world: World, client_id: str = ADDRESS) -> Client | None:
    async with world.server.db.reading() as tx:
        return await find_client(tx, client_id)


async def test_it_is_let_in_under_the_name_of_its_host_and_asks_openid(world: World, site: Site) -> None:
    site.said = described(scope="openid skills", client_uri="https://agent.example/")
    assert (await push(world)).status_code == 201
    client = await kept(world)
    assert client is not None
    assert client.metadata.name == "agent.example"
    assert client.metadata.localized == {"client_name": "Mon Agent"}
    assert client.metadata.scopes == ("openid",)
    assert client.metadata.require_pkce
    assert client.metadata.unknown
    refused(await push(world, scope="openid skills"), "invalid_scope")
    async with world.server.db.reading() as tx:
        [version] = await waiting(tx)
    assert version.declared.scopes == ("openid", "skills")
    [_, event] = await world.events("client.registered")
    assert (event["client"], event["facts"]["by"]) == (ADDRESS, "document")


async def test_it_gets_tokens_as_any_public_app_does(world: World, site: Site) -> None:
    await push(world)
    client = await kept(world)
    assert client is not None
    app = world.of(client, "")
    await app.grant(client, asked="openid", scope=[])
    code = await app.code(client, scope="openid")
    form = {"grant_type": "authorization_code", "code": code, "client_id": ADDRESS}
    # The world's codes are for its own address: here that is the only thing that is wrong.
    refused(
        await world.http.post("/token", data=form | {"redirect_uri": CALLBACK, "code_verifier": VERIFIER}),
        "invalid_grant",
    )
    assert site.asked == 1


async def test_it_may_prove_itself_by_a_key(world: World, site: Site) -> None:
    keys = {"keys": [app_key().as_dict(private=False)]}
    site.said = described(token_endpoint_auth_method="private_key_jwt", jwks=keys)
    claims = assertion_claims(ADDRESS, world.server.issuer, world.clock)
    answer = await world.http.post("/par", data=asserting(signed(claims, app_key()), **ASKED))
    assert answer.status_code == 201, answer.text
    refused(await push(world), "invalid_client", 401)


async def test_it_is_asked_for_as_seldom_as_it_says_and_within_bounds(world: World, site: Site) -> None:
    for said, before, after in (
        (b"max-age=0", 5 * MINUTE - 1, 5 * MINUTE),
        (b"no-store", 15 * MINUTE - 1, 15 * MINUTE),
        (b"public, max-age=600", 10 * MINUTE - 1, 10 * MINUTE),
        (b"max-age=99999999", HOUR - 1, HOUR),
    ):
        world.clock.advance(HOUR)
        site.headers = [JSON, b"Cache-Control: " + said]
        site.asked = 0
        await push(world)
        start = world.clock.now()
        world.clock.advance(before)
        await push(world)
        assert site.asked == 1, said
        world.clock.advance(start + after - world.clock.now())
        await push(world)
        assert site.asked == 2, said


async def test_a_change_suspends_it_until_an_administrator_has_looked(world: World, site: Site) -> None:
    await push(world)
    world.clock.advance(HOUR)
    site.said = described(redirect_uris=["https://agent.example/elsewhere"])
    refused(await push(world), "invalid_client", 401)
    client = await kept(world)
    assert client is not None
    assert client.suspended
    assert client.metadata.redirect_uris[0] == CALLBACK
    [event] = await world.events("client.changed")
    assert event["client"] == ADDRESS
    assert event["facts"]["pinned"] != event["facts"]["found"]
    site.said = described()  # taken back: it stays suspended, somebody could have had the host
    world.clock.advance(HOUR)
    refused(await push(world), "invalid_client", 401)
    site.said = described(redirect_uris=["https://agent.example/elsewhere"])
    world.clock.advance(HOUR)
    refused(await push(world), "invalid_client", 401)
    assert len(await world.events("client.changed")) == 1
    async with world.server.db.transaction() as tx:
        assert await resume_client(world.server, tx, ADDRESS, Hand(world.clock.now()))
    [resumed] = await world.events("client.resumed")
    assert resumed["facts"]["digest"] == event["facts"]["found"]
    assert (await push(world, redirect_uri="https://agent.example/elsewhere")).status_code == 201
    refused(await push(world), "invalid_request")  # where it sent people before
    async with world.server.db.transaction() as tx:
        assert not await resume_client(world.server, tx, ADDRESS, Hand(world.clock.now()))


async def test_what_was_approved_outlives_a_change_that_was_taken(world: World, site: Site) -> None:
    site.said = described(scope="openid skills")
    await push(world)
    now = world.clock.now()
    async with world.server.db.transaction() as tx:
        await Declarations(world.server.ledger).approve(tx, ADDRESS, 2, "consent", Hand(now))
    assert (await push(world, scope="openid skills")).status_code == 201
    world.clock.advance(HOUR)
    assert (await push(world, scope="openid skills")).status_code == 201  # the same document is no change
    site.said = described(scope="openid skills", tos_uri="https://agent.example/tos")
    world.clock.advance(HOUR)
    refused(await push(world), "invalid_client", 401)
    async with world.server.db.transaction() as tx:
        await resume_client(world.server, tx, ADDRESS, Hand(now))
    assert (await push(world, scope="openid skills")).status_code == 201
    client = await kept(world)
    assert client is not None
    assert client.metadata.tos_uri
    assert not client.metadata.unknown


async def test_writing_it_otherwise_is_no_change(world: World, site: Site) -> None:
    await push(world)
    world.clock.advance(HOUR)
    site.said = dict(reversed(described().items()))
    assert (await push(world)).status_code == 201


async def test_a_site_that_is_down_is_taken_for_what_it_was_for_a_day(world: World, site: Site) -> None:
    await push(world)
    site.status = b"500 Internal Server Error"
    world.clock.advance(KEPT - 1)
    assert (await push(world)).status_code == 201
    world.clock.advance(1)
    refused(await push(world), "invalid_client", 401)
    site.status = b"200 OK"
    assert (await push(world)).status_code == 201


BAD: dict[str, Any] = {
    "another client_id": described(client_id="https://agent.example/other.json"),
    "a slash more": described(client_id=ADDRESS + "/"),
    "no client_id": described(client_id=None),
    "a list": [described()],
    "no JSON": b"{",
    "giant": described(unheard_of="a" * 5200),
    "secret": described(client_secret="s"),
    "secret's end": described(client_secret_expires_at=0),
    "basic": described(token_endpoint_auth_method="client_secret_basic"),
    "post": described(token_endpoint_auth_method="client_secret_post"),
    "no redirect": described(redirect_uris=[]),
    "redirect of another host": described(redirect_uris=["https://evil.example/callback"]),
    "redirect of a host below": described(redirect_uris=["https://a.agent.example/callback"]),
    "redirect of a script": described(redirect_uris=["javascript:alert(1)"]),
    "redirect in clear": described(redirect_uris=["http://agent.example/callback"]),
    "client credentials": described(
        token_endpoint_auth_method="private_key_jwt", grant_types=["client_credentials"], redirect_uris=None
    ),
    "private key": described(jwks={"keys": [app_key().as_dict(private=True)]}),
    "internal jwks_uri": described(
        token_endpoint_auth_method="private_key_jwt", jwks_uri="https://169.254.169.254/"
    ),
    "script for a policy": described(policy_uri="javascript:alert(1)"),
}


@pytest.mark.parametrize("name", BAD)
async def test_what_describes_no_app_lets_nobody_in(world: World, site: Site, name: str) -> None:
    site.said = BAD[name]
    refused(await push(world), "invalid_client", 401)
    assert site.asked == 1
    assert await kept(world) is None


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (b"200 OK", [b"Content-Type: text/html"]),
        (b"200 OK", []),
        (b"404 Not Found", [JSON]),
        (b"302 Found", [JSON, b"Location: https://agent.example/other.json"]),
        (b"200 OK", [JSON, b"Content-Encoding: gzip"]),
    ],
)
async def test_an_answer_that_is_no_document_lets_nobody_in(
    world: World, site: Site, status: bytes, headers: list[bytes]
) -> None:
    site.status, site.headers = status, headers
    refused(await push(world), "invalid_client", 401)
    assert await kept(world) is None


ADDRESSES = (
    "https://agent.example",
    "https://agent.example?a=b",
    "https://agent.example/client.json?a=b",
    "https://agent.example/client.json#a",
    "https://agent.example/a/../client.json",
    "https://agent.example/./client.json",
    "https://agent.example/%2e%2e/client.json",
    "https://agent.example//client.json",
    "https://user@agent.example/client.json",
    "https://user:word@agent.example/client.json",
    "https://AGENT.example/client.json",
    "https://agent.example:443/client.json",
    "https://agent.example:0/client.json",
    "https://agent.example:99999/client.json",
    "https://agent.example\\@evil.example/client.json",
    "https:///client.json",
    "https://agent.example/" + "a" * 200,
    "https://" + "a" * 40 + "." + "b" * 40 + ".example/client.json",
    "https://аgent.example/client.json",
)


@pytest.mark.parametrize("address", ADDRESSES)
async def test_an_address_in_another_form_is_nobody_and_is_not_asked(
    world: World, site: Site, address: str
) -> None:
    with pytest.raises(AccordError):
        host_in(address)
    refused(await push(world, address), "invalid_client", 401)
    assert site.asked == 0


@pytest.mark.parametrize(
    "address",
    [
        "https://inside.example/client.json",
        "https://127.0.0.1/client.json",
        "https://[::1]/client.json",
        "https://169.254.169.254/latest/meta-data",
        "https://2130706433/client.json",
        "https://metadata.internal/client.json",
        "https://nowhere.example/client.json",
        "http://agent.example/client.json",
    ],
)
async def test_nothing_inside_is_reached(world: World, site: Site, address: str) -> None:
    refused(await push(world, address), "invalid_client", 401)
    assert site.asked == 0


async def test_a_flood_of_names_is_stopped_at_the_door(world: World, site: Site) -> None:
    site.status = b"404 Not Found"
    for number in range(BY_HOST.most):
        refused(await push(world, f"https://agent.example/{number}"), "invalid_client", 401)
    answer = await push(world, "https://agent.example/more")
    refused(answer, "too_many_documents", 429)
    assert int(answer.headers["retry-after"]) > 0
    assert site.asked == BY_HOST.most


async def test_who_is_known_is_served_through_a_flood(world: World, site: Site) -> None:
    await push(world)
    world.clock.advance(DAY - HOUR)
    for number in range(BY_HOST.most):
        await push(world, f"https://agent.example/{number}")
    assert (await push(world)).status_code == 201


async def test_of_fifty_that_come_at_once_one_lets_it_in(world: World, site: Site) -> None:
    answers = await asyncio.gather(*(push(world) for _ in range(50)))
    assert {answer.status_code for answer in answers} == {201}
    assert len(await world.events("client.registered")) == 2


async def test_where_it_is_off_an_address_is_nobody(world: World, site: Site) -> None:
    off = world.server.settings.model_copy(update={"client_id_documents": False})
    object.__setattr__(world.server, "settings", off)  # frozen for everybody else
    refused(await push(world), "invalid_client", 401)
    assert site.asked == 0
