"""The grant resource (draft 03, section 6): an app queries and revokes the grants that are its own."""

import asyncio
from dataclasses import replace

import httpx
import pytest
from sqlalchemy import delete

from consent.catalogue import CATALOGUE
from consent.grants import find_grant, list_revisions
from consent.records.receipts import verify_receipt
from foundation.clock import DAY, MINUTE, to_seconds
from foundation.statements import Write
from idp.authorize.checks import AFTER_TRUST, first_refusal
from idp.authorize.request import parse_request
from idp.clients.registry import suspend_client
from idp.grants.actions import API_SCOPES, QUERY_SCOPE, REVOKE_SCOPE
from keys.tables import PersonKey
from tests.idp.support import ISSUER, World, add_app
from tests.idp.tokens import altered, refused
from tests.idp.visitor import GOOD


async def own_token(world: World, scope: str = " ".join(API_SCOPES)) -> str:
    """A token of the app itself."""
    answer = await world.post("/token", {"grant_type": "client_credentials", "scope": scope})
    assert answer.status_code == 200, answer.text
    assert answer.json()["scope"] == scope
    return str(answer.json()["access_token"])


async def call(world: World, method: str, grant_id: str, token: str) -> httpx.Response:
    path = f"/grants/{grant_id}"
    return await world.http.request(method, path, headers={"Authorization": f"Bearer {token}"})


# --- query -----------------------------------------------------------------------------------------------


async def test_it_says_what_the_grant_holds_now(world: World) -> None:
    grant = (await world.grant(scope=["email", "skills"])).standing
    answer = await call(world, "GET", grant.grant_id, await own_token(world, QUERY_SCOPE))
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-cache, no-store"
    assert answer.json() == {
        "scopes": [
            {"scope": "openid profile email offline_access skills", "resource": [f"{ISSUER}/v1"]},
        ],
        "claims": ["email", "email_verified", "family_name", "gender", "given_name", "name", "sub"],
        "authorization_details": [
            {
                "type": "career_data",
                "datasets": ["skills"],
                "actions": ["read"],
                "fields": {"skills": [one.name for one in CATALOGUE["skills"].fields(1)]},
                "items": "current",
                "purpose": "career_guidance",
                "duration": "30d",
            }
        ],
        "created_at": to_seconds(grant.granted_at),
        "last_updated": to_seconds(grant.granted_at),
        "expires_at": to_seconds(grant.expires_at),
        "updated_by": "client",
        "grant_id": grant.grant_id,
        "grant_revision": 1,
    }


async def test_what_she_takes_back_is_gone_and_who_changed_it_is_said(world: World) -> None:
    grant_id = (await world.grant(scope=["email", "skills"])).standing.grant_id
    world.clock.advance(MINUTE)
    async with world.server.db.transaction() as tx:
        act = replace(world.act(world.client), notice=None)  # on her dashboard
        assert await world.decisions().revoke_scope(tx, grant_id, "skills", act)
    found = (await call(world, "GET", grant_id, await own_token(world))).json()
    assert "skills" not in found["scopes"][0]["scope"].split()
    assert found["updated_by"] == "authorization_server"
    assert found["grant_revision"] == 2
    assert found["last_updated"] == found["created_at"] + 60


async def test_it_shows_no_token_and_nothing_of_her_profile(world: World) -> None:
    body = await world.tokens()
    grant_id = body["grant_id"]
    answer = await call(world, "GET", grant_id, await own_token(world))
    for secret in (body["access_token"], body["refresh_token"], "amina", "Amina"):
        assert secret not in answer.text
    items = [item["id"] for item in (await world.shelf())["skills"]]
    assert not any(item in answer.text for item in items)


async def test_each_query_is_in_the_ledger_under_her_pseudonym(world: World) -> None:
    grant_id = (await world.grant(scope=["skills"])).standing.grant_id
    await call(world, "GET", grant_id, await own_token(world))
    [given], [queried] = await world.events("consent.given"), await world.events("grant.queried")
    assert (queried["client"], queried["grant"], queried["revision"]) == ("app", grant_id, 1)
    assert queried["scopes"] == "offline_access openid profile skills"
    assert queried["person"] == given["person"]


# --- revoke ----------------------------------------------------------------------------------------------


async def test_revoking_ends_everything_at_once_and_names_the_app(world: World) -> None:
    body = await world.tokens()
    grant_id = body["grant_id"]
    answer = await call(world, "DELETE", grant_id, await own_token(world, REVOKE_SCOPE))
    assert (answer.status_code, answer.content) == (204, b"")
    assert (await world.read("/v1/me/skills", body["access_token"])).status_code == 401
    assert (await world.refresh(body["refresh_token"])).json()["error"] == "invalid_grant"
    [revoked] = await world.events("consent.revoked")
    assert (revoked["grant"], revoked["facts"]["by"]) == (grant_id, "app")
    async with world.server.db.reading() as tx:
        row = await find_grant(tx, world.person_id, grant_id)
    assert row is not None
    assert row.end_reason == "returned"  # her dashboard does not say that she did it


async def test_a_revoke_by_the_app_has_its_receipt(world: World) -> None:
    grant_id = (await world.grant()).standing.grant_id
    await call(world, "DELETE", grant_id, await own_token(world))
    async with world.server.db.reading() as tx:
        newest, _ = await list_revisions(tx, world.person_id, grant_id)
    jwks = (await world.http.get("/receipts/jwks")).json()
    event = verify_receipt(newest.receipt, jwks)["record"]["events"][0]
    assert (event["actor"], event["method"], event["auth_level"]) == ("app", "api", "client")


async def test_what_is_revoked_is_not_there_any_more(world: World) -> None:
    grant_id = (await world.grant()).standing.grant_id
    token = await own_token(world)
    assert (await call(world, "DELETE", grant_id, token)).status_code == 204
    refused(await call(world, "DELETE", grant_id, token), "unknown_grant", 404)
    refused(await call(world, "GET", grant_id, token), "unknown_grant", 404)
    assert len(await world.events("consent.revoked")) == 1


async def test_of_many_revokes_at_once_one_is_recorded(world: World) -> None:
    grant_id = (await world.grant()).standing.grant_id
    token = await own_token(world)
    answers = await asyncio.gather(*[call(world, "DELETE", grant_id, token) for _ in range(64)])
    assert sorted(answer.status_code for answer in answers) == [204] + [404] * 63
    assert len(await world.events("consent.revoked")) == 1


# --- whose, and with what --------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_another_apps_grant_is_not_there(world: World, method: str) -> None:
    grant_id = (await world.grant()).standing.grant_id
    other = world.of(await add_app(world.server, "other", "other-secret"), "other-secret")
    answer = await call(other, method, grant_id, await own_token(other))
    unknown = await call(other, method, "0" * 32, await own_token(other))
    refused(answer, "unknown_grant", 404)
    assert answer.json() | {"trace_id": ""} == unknown.json() | {"trace_id": ""}
    assert await world.events("grant.queried") == await world.events("consent.revoked") == []


@pytest.mark.parametrize(("method", "scope"), [("GET", REVOKE_SCOPE), ("DELETE", QUERY_SCOPE)])
async def test_each_call_needs_its_own_scope(world: World, method: str, scope: str) -> None:
    grant_id = (await world.grant()).standing.grant_id
    answer = await call(world, method, grant_id, await own_token(world, scope))
    refused(answer, "insufficient_scope", 403)
    assert "insufficient_scope" in answer.headers["www-authenticate"]
    assert await world.events("consent.revoked") == []


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_a_token_that_a_person_stands_behind_opens_nothing_here(world: World, method: str) -> None:
    body = await world.tokens()
    for token in (body["access_token"], body["refresh_token"], body["id_token"]):
        refused(await call(world, method, body["grant_id"], token), "invalid_token", 401)


async def test_without_a_good_token_there_is_nothing(world: World) -> None:
    grant_id = (await world.grant()).standing.grant_id
    token = await own_token(world)
    for header in (
        "",
        "Bearer",
        "Bearer ",
        f"Basic {token}",
        f"Bearer {altered(token, -3)}",
        f"Bearer {token}x",
    ):
        answer = await world.http.get(f"/grants/{grant_id}", headers={"Authorization": header})
        refused(answer, "invalid_token", 401)
        assert 'error="invalid_token"' in answer.headers["www-authenticate"]
    assert (await world.http.get(f"/grants/{grant_id}?access_token={token}")).status_code == 401
    await world.post("/revoke", {"token": token})
    refused(await call(world, "GET", grant_id, token), "invalid_token", 401)


async def test_an_old_token_is_none(world: World) -> None:
    grant_id = (await world.grant()).standing.grant_id
    token = await own_token(world)
    world.clock.advance(601 * 1_000_000)
    refused(await call(world, "GET", grant_id, token), "invalid_token", 401)


async def test_a_suspended_app_manages_nothing(world: World) -> None:
    grant_id = (await world.grant()).standing.grant_id
    token = await own_token(world)
    async with world.server.db.transaction() as tx:
        await suspend_client(tx, "app", world.clock.now())
    refused(await call(world, "DELETE", grant_id, token), "invalid_token", 401)


async def test_a_grant_past_its_term_is_not_there(world: World) -> None:
    grant_id = (await world.grant()).standing.grant_id
    world.clock.advance(30 * DAY)
    refused(await call(world, "GET", grant_id, await own_token(world)), "unknown_grant", 404)


async def test_the_grant_of_a_person_who_was_erased_is_not_there(world: World) -> None:
    grant_id = (await world.grant()).standing.grant_id
    async with world.server.db.transaction() as tx:
        await tx.run(Write(delete(PersonKey)))
    for method in ("GET", "DELETE"):
        refused(await call(world, method, grant_id, await own_token(world)), "unknown_grant", 404)


@pytest.mark.parametrize(
    "name", ["", "x", "0" * 33, "%00", "%2e%2e", "é" * 20, "0" * 31 + "%0a", "' OR 1=1 --", "A" * 32]
)
async def test_no_name_breaks_it(world: World, name: str) -> None:
    token = await own_token(world)
    for method in ("GET", "DELETE"):
        assert (await call(world, method, name, token)).status_code == 404


async def test_there_is_no_list_of_grants(world: World) -> None:
    await world.grant()
    headers = {"Authorization": f"Bearer {await own_token(world)}"}
    refused(await world.http.get("/grants", headers=headers), "invalid_request")
    answer = await world.http.put(f"/grants/{'0' * 32}", headers=headers)
    refused(answer, "method_not_allowed", 405)
    assert answer.headers["allow"] == "DELETE, GET"


# --- the app's own token ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "scope", ["skills", f"{QUERY_SCOPE} skills", "grant_management", "GRANT_MANAGEMENT_QUERY"]
)
async def test_an_app_asks_for_itself_only_what_is_about_itself(world: World, scope: str) -> None:
    answer = await world.post("/token", {"grant_type": "client_credentials", "scope": scope})
    refused(answer, "invalid_scope")


async def test_a_person_is_never_asked_for_it(world: World) -> None:
    asked = parse_request(
        {name: [value] for name, value in (GOOD | {"scope": f"openid {QUERY_SCOPE}"}).items()}
    )
    refusal = first_refusal(AFTER_TRUST, asked, world.client)
    assert refusal is not None
    assert refusal.error == "invalid_scope"


async def test_its_token_opens_no_data(world: World) -> None:
    await world.grant()
    assert (await world.read("/v1/me", await own_token(world))).status_code == 401
