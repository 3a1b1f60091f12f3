"""The data API: a bound token opens nothing without a proof of its key (RFC 9449 section 7.1)."""

from typing import Any

import pytest

from foundation.clock import SECOND
from idp.clients.registry import suspend_client
from idp.dpop.proof import ALGORITHMS, OLDEST
from tests.idp.dpop.holder import Holder, claims_at, key, proof
from tests.idp.support import ISSUER, World, add_app
from tests.idp.tokens import altered, refused

PATHS = ("/v1/me", "/v1/me/skills", "/userinfo")
METADATA = f'resource_metadata="{ISSUER}/.well-known/oauth-protected-resource/v1"'
CHALLENGE = f'DPoP algs="{" ".join(ALGORITHMS)}", {METADATA}'


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One engine is enough here: who is first is tried on both (test_races.py)."""
    return sqlite_url


@pytest.fixture
async def holder(world: World) -> Holder:
    return await Holder(world).learn()


def challenged(answer: Any, error: str) -> None:
    refused(answer, error, 401)
    assert answer.headers["www-authenticate"] == f'{CHALLENGE}, error="{error}"'


@pytest.mark.parametrize("path", PATHS)
async def test_with_a_proof_of_its_key(holder: Holder, path: str) -> None:
    token = (await holder.tokens())["access_token"]
    answer = await holder.read(path, token)
    assert answer.status_code == 200
    assert "dpop-nonce" not in answer.headers
    assert (await holder.read(path, token, scheme="dpop")).status_code == 200
    posted = await holder.read("/userinfo", token, method="POST")
    assert posted.status_code == 200


@pytest.mark.parametrize("path", PATHS)
async def test_dpop_bearer_use_of_a_bound_token(holder: Holder, path: str) -> None:
    token = (await holder.tokens())["access_token"]
    challenged(await holder.world.read(path, token), "invalid_token")
    # A proof beside it changes nothing: the scheme says that it counts.
    challenged(await holder.read(path, token, scheme="Bearer"), "invalid_token")
    assert await holder.world.events("data.read") == []


async def test_dpop_a_bound_token_opens_nothing_from_a_form(holder: Holder) -> None:
    """RFC 6750 section 2.2 brings a bearer's token: this one's proof stands in headers, with it."""
    token = (await holder.tokens())["access_token"]
    for headers in ({}, {"DPoP": holder.proof("POST", "/userinfo", token)}):
        answer = await holder.world.http.post("/userinfo", data={"access_token": token}, headers=headers)
        refused(answer, "invalid_token", 401)
    assert await holder.world.events("data.read") == []


@pytest.mark.parametrize("path", PATHS)
async def test_dpop_an_unbound_token_is_not_made_more_of(holder: Holder, path: str) -> None:
    token = (await holder.world.tokens())["access_token"]
    challenged(await holder.read(path, token), "invalid_token")
    assert (await holder.world.read(path, token)).status_code == 200


async def test_dpop_a_proof_that_does_not_hold_opens_nothing(holder: Holder) -> None:
    token, other = (await holder.tokens())["access_token"], (await holder.tokens())["access_token"]
    now, url, nonce = holder.world.clock.now(), f"{ISSUER}/v1/me", holder.nonce
    stale = claims_at(now - (OLDEST + 1) * SECOND, "GET", url, token, nonce=nonce)
    for shown in (
        "x",
        altered(holder.proof("GET", "/v1/me", token), -3),
        holder.proof("POST", "/v1/me", token),
        holder.proof("GET", "/v1/me/skills", token),
        holder.proof("GET", "/v1/me"),
        holder.proof("GET", "/v1/me", other),
        holder.proof("GET", "/v1/me", token, ath=""),
        proof(stale, key()),
        proof(claims_at(now, "GET", url, token, nonce=nonce), key(), typ="at+jwt"),
    ):
        challenged(await holder.read("/v1/me", token, shown), "invalid_dpop_proof")
    assert (await holder.read("/v1/me", token)).status_code == 200


async def test_dpop_another_key_opens_nothing(holder: Holder) -> None:
    token = (await holder.tokens())["access_token"]
    thief = Holder(holder.world, key("ES256", 2), nonce=holder.nonce)
    challenged(await thief.read("/v1/me/skills", token), "invalid_token")
    # Nor does its own proof with the holder's public key in it.
    claims = claims_at(holder.world.clock.now(), "GET", f"{ISSUER}/v1/me", token, nonce=holder.nonce)
    forged = proof(claims, key("ES256", 2), jwk=key().as_dict(private=False))
    challenged(await thief.read("/v1/me", token, forged), "invalid_dpop_proof")


async def test_dpop_the_scheme_wants_one_proof(holder: Holder) -> None:
    token = (await holder.tokens())["access_token"]
    alone = await holder.world.http.get("/v1/me", headers={"Authorization": f"DPoP {token}"})
    challenged(alone, "invalid_dpop_proof")
    shown = [("DPoP", holder.proof("GET", "/v1/me", token)) for _ in range(2)]
    both = await holder.world.http.get("/v1/me", headers=[("Authorization", f"DPoP {token}"), *shown])
    challenged(both, "invalid_dpop_proof")


async def test_dpop_a_proof_opens_once(holder: Holder) -> None:
    token = (await holder.tokens())["access_token"]
    shown = holder.proof("GET", "/v1/me", token)
    assert (await holder.read("/v1/me", token, shown)).status_code == 200
    challenged(await holder.read("/v1/me", token, shown), "invalid_dpop_proof")
    assert len(await holder.world.events("data.read")) == 1


async def test_dpop_missing_nonce(holder: Holder) -> None:
    token = (await holder.tokens())["access_token"]
    for nonce in (None, "of-another-server"):
        answer = await holder.read("/v1/me", token, holder.proof("GET", "/v1/me", token, nonce=nonce))
        challenged(answer, "use_dpop_nonce")
        assert answer.headers["dpop-nonce"] == holder.nonce
    assert (await holder.read("/v1/me", token)).status_code == 200


async def test_a_fresh_nonce_comes_with_the_answer(holder: Holder) -> None:
    body = await holder.tokens()
    for path in PATHS:
        holder.world.clock.advance(300 * SECOND)
        token = (await holder.refresh(body["refresh_token"])).json()["access_token"]
        body["refresh_token"] = (await holder.refresh(body["refresh_token"])).json()["refresh_token"]
        holder.nonce, newest = None, holder.nonce
        holder.world.clock.advance(300 * SECOND)
        answer = await holder.read(path, token, holder.proof("GET", path, token, nonce=newest))
        assert answer.status_code == 200, answer.text
        assert answer.headers["dpop-nonce"] == holder.nonce != newest


async def test_a_dead_token_is_dead_with_the_best_of_proofs(holder: Holder) -> None:
    token = (await holder.tokens())["access_token"]
    async with holder.world.server.db.transaction() as tx:
        await suspend_client(tx, "app", holder.world.clock.now())
    answer = await holder.read("/v1/me", token)
    refused(answer, "invalid_token", 401)
    assert answer.headers["www-authenticate"].startswith(f"{CHALLENGE}, ")
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


async def test_a_missing_scope_is_said_in_the_scheme_of_the_call(holder: Holder) -> None:
    await holder.world.grant(scope=["skills"])
    token = (await holder.redeem(await holder.world.code())).json()["access_token"]
    answer = await holder.read("/v1/me/experiences", token)
    refused(answer, "insufficient_scope", 403)
    assert answer.headers["www-authenticate"].startswith(f"{CHALLENGE}, ")
    # Nothing was opened, so the proof was not spent either.
    assert answer.headers.get("dpop-nonce") is None


async def test_a_skill_is_added_with_a_proof_too(world: World) -> None:
    optional = ("skills", "skills:write")
    app = await add_app(world.server, "writer", "writer-secret", optional_scopes=optional)
    holder = await Holder(world.of(app, "writer-secret")).learn()
    asked = "openid skills:write"
    await world.grant(app, asked=asked, scope=["skills:write"])
    token = (await holder.redeem(await world.code(app, scope=asked))).json()["access_token"]
    skill = {"kind": "soft", "label": "Patience"}
    for scheme, status in (("Bearer", 401), ("DPoP", 201)):
        headers = {
            "Authorization": f"{scheme} {token}",
            "DPoP": holder.proof("POST", "/v1/me/skills", token),
        }
        answer = await world.http.post("/v1/me/skills", json=skill, headers=headers)
        assert answer.status_code == status, answer.text


async def test_an_apps_own_token_is_bound_at_the_grants_too(holder: Holder) -> None:
    """/grants takes tokens of the app itself (Grant Management)."""
    decided = await holder.world.grant()
    path = f"/grants/{decided.standing.grant_id}"
    form = {"grant_type": "client_credentials", "scope": "grant_management_query"}
    token = (await holder.post("/token", form)).json()["access_token"]
    challenged(await holder.world.read(path, token), "invalid_token")
    shown = holder.proof("GET", path, token)
    assert (await holder.read(path, token, shown)).status_code == 200
    challenged(await holder.read(path, token, shown), "invalid_dpop_proof")
    free = (await holder.world.post("/token", form)).json()["access_token"]
    challenged(await holder.read(path, free), "invalid_token")
    thief = Holder(holder.world, key("ES256", 2), nonce=holder.nonce)
    challenged(await thief.read(path, token), "invalid_token")
