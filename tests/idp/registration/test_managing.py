"""An app reads, replaces and ends its own registration (RFC 7592); nobody else's."""

import asyncio
from typing import Any

import pytest

from consent.grants import list_grants
from foundation.clock import SECOND
from idp.clients.declarations import Declarations, Hand
from idp.clients.registry import suspend_client
from idp.clients.versions import history_of, waiting
from idp.registration.ending import end_grants
from idp.registration.policy import Policy
from idp.registration.registering import REGISTRATION_PATH
from tests.idp.registration.newcomer import LEAST, Newcomer, bearer, initial_token, manage
from tests.idp.support import REDIRECT, World
from tests.idp.tokens import refused


def replacing(body: dict[str, Any], **members: Any) -> dict[str, Any]:
    """The registration that was told, sent back with changes, as RFC 7592 section 2.2 has it."""
    told = ("registration_access_token", "registration_client_uri", "client_id_issued_at")
    left = {*told, "client_secret", "client_secret_expires_at"}
    return {name: value for name, value in body.items() if name not in left} | members


async def approve(world: World, client_id: str) -> None:
    now = world.clock.now()
    async with world.server.db.transaction() as tx:
        [version] = [one for one in await waiting(tx) if one.client_id == client_id]
        hand = Hand(now)
        await Declarations(world.server.ledger).approve(tx, client_id, version.version, "consent", hand)


async def test_it_reads_what_it_registered(newcomer: Newcomer) -> None:
    body = await newcomer.registered()
    answer = await manage(newcomer.world, body, "GET")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json() == {name: value for name, value in body.items() if name != "client_secret"}


async def test_it_replaces_all_of_it_and_its_token_moves_on(newcomer: Newcomer) -> None:
    world = newcomer.world
    body = await newcomer.registered(client_uri="https://coach.example/", contacts=["a@coach.example"])
    said = replacing(body, tos_uri="https://coach.example/tos", client_uri=None, contacts=None)
    answer = await manage(world, body, "PUT", said)
    assert answer.status_code == 200, answer.text
    after = answer.json()
    assert after["tos_uri"] == "https://coach.example/tos"
    assert "client_uri" not in after
    assert "contacts" not in after
    assert "client_secret" not in after
    assert after["registration_access_token"] != body["registration_access_token"]
    refused(await manage(world, body, "GET"), "invalid_token", 401)
    assert (await manage(world, after, "GET")).status_code == 200
    app = world.of(await newcomer.found(body), body["client_secret"])  # its secret stays
    assert (await app.post("/revoke", {"token": "x"})).status_code == 200
    [event] = await world.events("client.updated")
    assert event["client"] == body["client_id"]
    assert event["facts"]["members"].split() == ["client_uri", "contacts", "tos_uri"]


async def test_a_method_that_needs_a_secret_gets_one_and_another_loses_it(newcomer: Newcomer) -> None:
    body = await newcomer.registered(token_endpoint_auth_method="none")
    assert "client_secret" not in body
    said = replacing(body, token_endpoint_auth_method="client_secret_post")
    after = (await manage(newcomer.world, body, "PUT", said)).json()
    app = newcomer.world.of(await newcomer.found(body), after["client_secret"])
    assert (await app.post("/revoke", {"token": "x"})).status_code == 200
    said = replacing(after, token_endpoint_auth_method="none")
    assert "client_secret" not in (await manage(newcomer.world, after, "PUT", said)).json()
    assert (await newcomer.found(body)).secret_hash is None


async def test_an_expired_secret_is_renewed_by_replacing(world: World) -> None:
    newcomer = Newcomer(world, (await initial_token(world.server, Policy(secret_seconds=60)))[1])
    body = await newcomer.registered()
    world.clock.advance(60 * SECOND)
    old = world.of(await newcomer.found(body), body["client_secret"])
    refused(await old.post("/revoke", {"token": "x"}), "invalid_client", 401)
    after = (await manage(world, body, "PUT", replacing(body))).json()
    assert after["client_secret"] != body["client_secret"]
    assert after["client_secret_expires_at"] == world.clock.now() // SECOND + 60
    app = world.of(await newcomer.found(body), after["client_secret"])
    assert (await app.post("/revoke", {"token": "x"})).status_code == 200


@pytest.mark.parametrize(
    "members",
    [
        {"client_id": None},
        {"client_id": "app"},
        {"client_secret": "mine"},
        {"client_secret": 5},
        {"registration_access_token": "x"},
        {"registration_client_uri": "https://x.example"},
        {"client_id_issued_at": 1},
        {"client_secret_expires_at": 0},
        {"token_endpoint_auth_method": "private_key_jwt"},
    ],
)
async def test_what_is_not_for_it_to_say_is_refused_and_changes_nothing(
    newcomer: Newcomer, members: dict[str, Any]
) -> None:
    body = await newcomer.registered()
    answer = await manage(newcomer.world, body, "PUT", replacing(body, **members))
    refused(answer, "invalid_client_metadata")
    assert (await manage(newcomer.world, body, "GET")).status_code == 200
    assert await newcomer.world.events("client.updated") == []


async def test_its_own_secret_may_be_said(newcomer: Newcomer) -> None:
    body = await newcomer.registered()
    said = replacing(body, client_secret=body["client_secret"])
    assert (await manage(newcomer.world, body, "PUT", said)).status_code == 200


async def test_what_was_approved_stays_until_the_app_is_another(newcomer: Newcomer) -> None:
    world = newcomer.world
    body = await newcomer.registered(scope="openid skills")
    assert (await newcomer.found(body)).metadata.unknown
    await approve(world, body["client_id"])
    client = await newcomer.found(body)
    assert client.metadata.scopes == ("openid", "skills")
    assert not client.metadata.unknown
    same = (await manage(world, body, "PUT", replacing(body, default_max_age=60))).json()
    assert same["scope"] == "openid skills"
    other = (await manage(world, same, "PUT", replacing(same, client_name="Ma Banque"))).json()
    assert other["scope"] == "openid"
    assert (await newcomer.found(body)).metadata.unknown
    async with world.server.db.reading() as tx:
        newest = (await history_of(tx, body["client_id"]))[0]
    assert (newest.state, newest.declared.scopes) == ("submitted", ("openid", "skills"))
    again = (await manage(world, other, "PUT", replacing(other, scope="openid skills"))).json()
    assert again["scope"] == "openid"
    async with world.server.db.reading() as tx:
        assert (await history_of(tx, body["client_id"]))[0] == newest  # it waits already


async def test_ending_itself_ends_all_that_came_of_it(newcomer: Newcomer) -> None:
    world = newcomer.world
    body = await newcomer.registered(scope="openid skills")
    await approve(world, body["client_id"])
    app = world.of(await newcomer.found(body), body["client_secret"])
    granted = await app.grant(app.client, asked="openid skills", scope=["skills"])
    tokens = (await app.redeem(await app.code(app.client, scope="openid skills"))).json()
    code = await app.code(app.client, scope="openid skills")
    assert (await app.read("/v1/me/skills", tokens["access_token"])).status_code == 200
    answer = await manage(world, body, "DELETE")
    assert (answer.status_code, answer.content) == (204, b"")
    refused(await app.read("/v1/me/skills", tokens["access_token"]), "invalid_token", 401)
    refused(await app.redeem(code), "invalid_client", 401)
    for method in ("GET", "PUT", "DELETE"):
        refused(await manage(world, body, method, replacing(body)), "invalid_token", 401)
    client = await newcomer.found(body)
    assert client.suspended
    assert client.secret_hash is None
    assert client.metadata.name == LEAST["client_name"]  # people's histories go on naming it
    assert granted.standing.grant_id
    [event] = await world.events("client.deleted")
    assert event["client"] == body["client_id"]


async def test_what_people_agreed_to_ends_with_it_and_is_told_to_each_once(newcomer: Newcomer) -> None:
    world = newcomer.world
    body = await newcomer.registered(scope="openid", redirect_uris=[REDIRECT])
    app = world.of(await newcomer.found(body), body["client_secret"])
    granted = (await app.grant(app.client, asked="openid", scope=["openid"])).standing
    kept = (await world.grant()).standing  # another app's
    assert await end_grants(world.server, world.clock.now()) == 0
    await manage(world, body, "DELETE")
    swept = await asyncio.gather(*(end_grants(world.server, world.clock.now()) for _ in range(64)))
    assert sum(swept) == 1
    assert await end_grants(world.server, world.clock.now()) == 0
    [event] = await world.events("consent.revoked")
    assert (event["client"], event["grant"]) == (body["client_id"], granted.grant_id)
    assert event["facts"]["by"] == "app"
    async with world.server.db.reading() as tx:
        rows = {row.id: row for row in await list_grants(tx, world.person_id)}
    assert rows[granted.grant_id].end_reason == "returned"
    assert rows[kept.grant_id].revoked_at is None


async def test_a_grant_past_its_term_is_not_told_as_given_back(newcomer: Newcomer) -> None:
    world = newcomer.world
    body = await newcomer.registered(redirect_uris=[REDIRECT])
    app = world.of(await newcomer.found(body), body["client_secret"])
    granted = (await app.grant(app.client, asked="openid", scope=["openid"])).standing
    await manage(world, body, "DELETE")
    assert await end_grants(world.server, granted.expires_at) == 0


async def test_nobody_is_told_of_a_sign_out_where_an_app_used_to_be(newcomer: Newcomer) -> None:
    places = {
        "backchannel_logout_uri": f"{REDIRECT}/back",
        "frontchannel_logout_uri": f"{REDIRECT}/front",
    }
    body = await newcomer.registered(redirect_uris=[REDIRECT], **places)
    before = (await newcomer.found(body)).metadata
    await manage(newcomer.world, body, "DELETE")
    after = (await newcomer.found(body)).metadata
    assert (before.backchannel_logout_uri, before.frontchannel_logout_uri) == tuple(places.values())
    assert after == before.model_copy(update=dict.fromkeys(places))


async def test_what_waited_for_an_administrator_waits_no_more(newcomer: Newcomer) -> None:
    body = await newcomer.registered(scope="openid skills")
    await manage(newcomer.world, body, "DELETE")
    async with newcomer.world.server.db.reading() as tx:
        assert await waiting(tx) == []


async def test_a_suspended_app_changes_nothing_and_may_still_end(newcomer: Newcomer) -> None:
    world = newcomer.world
    body = await newcomer.registered()
    async with world.server.db.transaction() as tx:
        assert await suspend_client(tx, body["client_id"], world.clock.now())
    refused(await manage(world, body, "GET"), "unauthorized_client", 403)
    refused(await manage(world, body, "PUT", replacing(body)), "unauthorized_client", 403)
    assert (await manage(world, body, "DELETE")).status_code == 204


async def test_a_management_token_opens_its_own_registration_alone(newcomer: Newcomer) -> None:
    world = newcomer.world
    mine, other = await newcomer.registered(), await newcomer.registered(scope="openid skills")
    token = mine["registration_access_token"]
    for method in ("GET", "PUT", "DELETE"):
        for shown in (token, "", "x", newcomer.token, other["client_secret"], token + "A"):
            answer = await manage(world, other, method, replacing(other), token=shown)
            refused(answer, "invalid_token", 401)
    for path in ("app", "nobody", "%00", "a" * 300, "%F0%9F%92%A9"):
        answer = await world.http.get(f"{REGISTRATION_PATH}/{path}", headers=bearer(token))
        refused(answer, "invalid_token", 401)
    answer = await world.http.get(f"{REGISTRATION_PATH}/", headers=bearer(token))
    refused(answer, "invalid_token", 401)
    assert (await manage(world, other, "GET")).status_code == 200


async def test_of_64_replacements_at_once_one_is_made(newcomer: Newcomer) -> None:
    body = await newcomer.registered()
    calls = [
        manage(newcomer.world, body, "PUT", replacing(body, software_version=f"{number}"))
        for number in range(64)
    ]
    answers = await asyncio.gather(*calls)
    made = [answer for answer in answers if answer.status_code == 200]
    assert len(made) == 1
    for answer in answers:
        if answer is not made[0]:
            refused(answer, "invalid_token", 401)
    held = (await manage(newcomer.world, made[0].json(), "GET")).json()
    assert held["software_version"] == made[0].json()["software_version"]
    assert len(await newcomer.world.events("client.updated")) == 1


async def test_of_64_registrations_at_once_as_many_as_are_left_are_made(world: World) -> None:
    token_id, text = await initial_token(world.server, uses=5)
    newcomer = Newcomer(world, text)
    answers = await asyncio.gather(*(newcomer.says(client_name=f"App {number}") for number in range(64)))
    made = [answer for answer in answers if answer.status_code == 201]
    assert len(made) == 5
    for answer in answers:
        if answer not in made:
            refused(answer, "invalid_token", 401)
    events = [one for one in await world.events("client.registered") if one["facts"]["by"] == "app"]
    assert len(events) == 5
    refused(await newcomer.says(), "invalid_token", 401)
    assert token_id


async def test_ending_and_replacing_at_once_end_in_an_end_or_a_token_that_can(newcomer: Newcomer) -> None:
    body = await newcomer.registered(redirect_uris=[REDIRECT])
    ended, replaced = await asyncio.gather(
        manage(newcomer.world, body, "DELETE"), manage(newcomer.world, body, "PUT", replacing(body))
    )
    assert sorted((ended.status_code < 300, replaced.status_code < 300)) == [False, True]
    assert (await newcomer.found(body)).suspended is (ended.status_code == 204)
