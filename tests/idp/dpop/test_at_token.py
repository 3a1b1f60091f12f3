"""The token endpoint: which key must be proved, and what is bound to it (RFC 9449 sections 5 to 8, 10)."""

import random
from typing import Any

import pytest

from consent.grants import find_standing
from foundation.clock import DAY, SECOND
from idp.authorize.issue import Occasion, issue_code
from idp.authorize.request import AuthorizeRequest
from idp.dpop.nonces import PERIOD
from idp.dpop.proof import OLDEST
from tests.idp.dpop.holder import Holder, claims_at, key, proof
from tests.idp.support import CHALLENGE, ISSUER, REDIRECT, SCOPES, World, add_app
from tests.idp.tokens import altered, claims_of, refused

OWN = {"grant_type": "client_credentials"}
PUBLIC: dict[str, Any] = {"auth_method": "none", "grant_types": ("authorization_code", "refresh_token")}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One engine is enough here; what is written, and who is first, is tried on both (test_races.py)."""
    return sqlite_url


@pytest.fixture
async def holder(world: World) -> Holder:
    return await Holder(world).learn()


@pytest.fixture
async def public(world: World) -> Holder:
    """A public app with a key."""
    app = await add_app(world.server, "public", None, **PUBLIC)
    found = Holder(world.of(app, ""))
    await found.redeem("ac_x")
    assert found.nonce is not None
    return found


async def test_the_whole_way_with_a_key(holder: Holder) -> None:
    body = await holder.tokens()
    assert body["token_type"] == "DPoP"
    assert claims_of(body["access_token"])["cnf"] == {"jkt": holder.jkt}
    again = await holder.refresh(body["refresh_token"])
    assert again.json()["token_type"] == "DPoP"
    assert claims_of(again.json()["access_token"])["cnf"] == {"jkt": holder.jkt}
    assert (await holder.read("/v1/me/skills", again.json()["access_token"])).status_code == 200


async def test_introspection_tells_the_key(holder: Holder) -> None:
    bound, free = (await holder.tokens())["access_token"], (await holder.world.tokens())["access_token"]
    shown = (await holder.world.post("/introspect", {"token": bound})).json()
    assert (shown["active"], shown["token_type"], shown["cnf"]) == (True, "DPoP", {"jkt": holder.jkt})
    shown = (await holder.world.post("/introspect", {"token": free})).json()
    assert (shown["token_type"], "cnf" in shown) == ("Bearer", False)


async def test_without_a_proof_nothing_changes(world: World) -> None:
    body = await world.tokens()
    assert body["token_type"] == "Bearer"
    assert "cnf" not in claims_of(body["access_token"])
    assert (await world.refresh(body["refresh_token"])).json()["token_type"] == "Bearer"


async def test_dpop_a_proof_that_does_not_hold_gives_no_token(holder: Holder) -> None:
    world = holder.world
    now, url = world.clock.now(), f"{ISSUER}/token"
    stale = claims_at(now - (OLDEST + 1) * SECOND, "POST", url, nonce=holder.nonce)
    for shown in (
        "x",
        "a.b.c",
        altered(holder.proof("POST", "/token"), -3),
        holder.proof("GET", "/token"),
        holder.proof("POST", "/par"),
        proof(claims_at(now, "POST", "https://evil.example/token", nonce=holder.nonce), key()),
        proof(stale, key()),
        proof(claims_at(now, "POST", url, nonce=holder.nonce), key(), typ="JWT"),
        proof(claims_at(now, "POST", url, nonce=holder.nonce), key(), jwk=key().as_dict(private=True)),
    ):
        answer = await holder.post("/token", OWN, shown)
        refused(answer, "invalid_dpop_proof")
        assert "dpop-nonce" not in answer.headers
    assert await world.events("token.issued") == []


async def test_dpop_one_header_alone(holder: Holder) -> None:
    """RFC 9449 section 4.3, point 1."""
    world = holder.world
    headers = [("DPoP", holder.proof("POST", "/token")), ("DPoP", holder.proof("POST", "/token"))]
    answer = await world.http.post("/token", data=OWN, headers=headers, auth=("app", "app-secret"))
    refused(answer, "invalid_dpop_proof")
    empty = await world.http.post("/token", data=OWN, headers={"DPoP": ""}, auth=("app", "app-secret"))
    refused(empty, "invalid_dpop_proof")


async def test_dpop_a_proof_without_a_nonce_is_asked_again_with_one(holder: Holder) -> None:
    """RFC 9449 section 8."""
    for nonce in (None, "", "of-another-server", "\u00e9"):
        answer = await holder.post("/token", OWN, holder.proof("POST", "/token", nonce=nonce))
        refused(answer, "use_dpop_nonce")
        assert answer.headers["dpop-nonce"]
        given = holder.proof("POST", "/token", nonce=answer.headers["dpop-nonce"])
        assert (await holder.post("/token", OWN, given)).status_code == 200


async def test_dpop_an_old_nonce_is_renewed_before_it_ends(holder: Holder) -> None:
    first = holder.nonce
    assert "dpop-nonce" not in (await holder.post("/token", OWN)).headers
    holder.world.clock.advance(PERIOD)
    answer = await holder.post("/token", OWN)  # still good, and the next one comes with the answer
    assert answer.status_code == 200
    assert answer.headers["dpop-nonce"] == holder.nonce != first
    second = holder.proof("POST", "/token", nonce=first)
    assert (await holder.post("/token", OWN, second)).status_code == 200
    holder.world.clock.advance(PERIOD)
    late = await holder.post("/token", OWN, holder.proof("POST", "/token", nonce=first))
    refused(late, "use_dpop_nonce")


async def test_dpop_a_proof_is_used_once(holder: Holder) -> None:
    shown = holder.proof("POST", "/token")
    assert (await holder.post("/token", OWN, shown)).status_code == 200
    refused(await holder.post("/token", OWN, shown), "invalid_dpop_proof")
    # Nor is its jti, by the same key, in another proof; another key's is its own affair.
    fixed = {"jti": "fixed"}
    assert (await holder.post("/token", OWN, holder.proof("POST", "/token", **fixed))).status_code == 200
    holder.world.clock.advance(SECOND)
    again = holder.proof("POST", "/token", **fixed)
    refused(await holder.post("/token", OWN, again), "invalid_dpop_proof")
    other = Holder(holder.world, key("ES256", 2), nonce=holder.nonce)
    assert (await holder.post("/token", OWN, other.proof("POST", "/token", **fixed))).status_code == 200


async def test_a_call_that_is_refused_spends_no_proof(holder: Holder) -> None:
    """So that a flood of refused calls stores nothing."""
    shown = holder.proof("POST", "/token")
    refused(await holder.redeem("ac_x", shown), "invalid_grant")
    assert (await holder.post("/token", OWN, shown)).status_code == 200


async def test_an_app_may_be_registered_for_bound_tokens_alone(world: World) -> None:
    """RFC 9449 section 5.2."""
    app = await add_app(world.server, "strict", "strict-secret", dpop_bound_access_tokens=True)
    strict = world.of(app, "strict-secret")
    await strict.grant(app)
    code = await strict.code(app)
    refused(await strict.post("/token", OWN), "invalid_dpop_proof")
    refused(await strict.redeem(code), "invalid_dpop_proof")
    holder = await Holder(strict).learn()
    body = (await holder.redeem(code)).json()
    assert body["token_type"] == "DPoP"
    refused(await strict.refresh(body["refresh_token"]), "invalid_dpop_proof")
    assert (await holder.refresh(body["refresh_token"])).status_code == 200


async def test_a_public_apps_refresh_token_is_bound_to_its_key(public: Holder) -> None:
    """RFC 9449 section 5: nothing else of a public app is proved."""
    body = await public.tokens()
    thief = Holder(public.world, key("ES256", 2), nonce=public.nonce)
    refused(await thief.refresh(body["refresh_token"]), "invalid_grant")
    refused(await public.world.refresh(body["refresh_token"]), "invalid_dpop_proof")
    later = (await public.refresh(body["refresh_token"])).json()
    assert (await public.read("/v1/me", later["access_token"])).status_code == 200


async def test_a_public_app_with_a_key_may_try_again_when_our_answer_was_lost(public: Holder) -> None:
    body = await public.tokens()
    answers = [(await public.refresh(body["refresh_token"])).json() for _ in range(2)]
    assert len({answer["refresh_token"] for answer in answers}) == 1
    thief = Holder(public.world, key("ES256", 2), nonce=public.nonce)
    refused(await thief.refresh(body["refresh_token"]), "invalid_grant")
    assert (await public.refresh(answers[0]["refresh_token"])).status_code == 200


async def test_the_refresh_token_of_an_app_that_authenticates_is_bound_to_the_app(holder: Holder) -> None:
    """It may come with another key, but once it had one, not with none."""
    body = await holder.tokens()
    other = Holder(holder.world, key("ES256", 2), nonce=holder.nonce)
    answer = await other.refresh(body["refresh_token"])
    assert claims_of(answer.json()["access_token"])["cnf"] == {"jkt": other.jkt}
    refused(await holder.world.refresh(answer.json()["refresh_token"]), "invalid_dpop_proof")


async def code_for(holder: Holder, jkt: str) -> str:
    """A code that was asked for with a key."""

    world = holder.world
    request = AuthorizeRequest(
        client_id=world.client.id,
        redirect_uri=REDIRECT,
        scope=SCOPES,
        code_challenge=CHALLENGE,
        dpop_jkt=jkt,
    )
    await world.grant(world.client)
    async with world.server.db.transaction() as tx:
        standing = await find_standing(tx, world.person_id, world.client.id)
        assert standing is not None
        occasion = Occasion(request, standing, world.session, world.clock.now(), "t" * 32)
        return await issue_code(world.server, tx, occasion)


@pytest.mark.parametrize("kind", ["holder", "public"])
async def test_a_code_that_was_asked_for_with_a_key_is_for_that_key(
    kind: str, request: pytest.FixtureRequest, holder: Holder, public: Holder
) -> None:
    """RFC 9449 section 10."""
    app = {"holder": holder, "public": public}[kind]
    thief = Holder(app.world, key("ES256", 2), nonce=app.nonce)
    code = await code_for(app, app.jkt)
    refused(await app.world.redeem(code), "invalid_dpop_proof")
    refused(await thief.redeem(code), "invalid_grant")
    assert (await app.redeem(code)).status_code == 200  # and the thief's tries cost it nothing


async def test_a_replayed_code_ends_its_line_whoever_holds_which_key(holder: Holder) -> None:
    """Whoever was first may have been the thief: his key must not keep the line alive."""
    await holder.world.grant()
    code = await holder.world.code()
    first = Holder(holder.world, key("ES256", 2), nonce=holder.nonce)
    body = (await first.redeem(code)).json()
    refused(await holder.redeem(code), "invalid_grant")
    refused(await first.read("/v1/me", body["access_token"]), "invalid_token", 401)


async def test_a_nonce_need_not_be_asked_for(world: World) -> None:
    """An operator whose apps know none; one that is sent must be ours all the same."""
    lax = world.server.settings.model_copy(update={"dpop_nonce_required": False})
    object.__setattr__(world.server, "settings", lax)
    holder = Holder(world)
    answer = await holder.post("/token", OWN)
    assert answer.status_code == 200
    assert answer.headers["dpop-nonce"]
    refused(await holder.post("/token", OWN, holder.proof("POST", "/token", nonce="x")), "use_dpop_nonce")


async def test_hours_later_everything_still_works(holder: Holder) -> None:
    body = await holder.tokens()
    holder.world.clock.advance(DAY)
    refused(await holder.refresh(body["refresh_token"]), "use_dpop_nonce")
    assert (await holder.refresh(body["refresh_token"])).status_code == 200


async def test_fuzz_no_header_is_a_failure_of_ours_or_a_proof(holder: Holder) -> None:
    """A hundred broken copies of a good proof, and bytes of any kind, at each kind of endpoint."""
    chance = random.Random(9449)  # noqa: S311  # which bytes, not a secret
    token = (await holder.tokens())["access_token"]
    own = {"grant_type": "client_credentials", "client_id": "app", "client_secret": "x"}
    for path, method in (("/token", "POST"), ("/par", "POST"), ("/v1/me", "GET")):
        good = holder.proof(method, path, token).encode()
        for number in range(40):
            broken = bytearray(good)
            for _ in range(chance.randint(1, 4)):
                broken[chance.randrange(len(good))] = chance.choice(b"AZaz09-_.=+/ \x01\x7f\x80\xff{}")
            raw = (bytes(broken), chance.randbytes(number * 20), good[: -chance.randint(1, 40)])[number % 3]
            if raw == good:
                continue
            headers = [(b"dpop", raw), (b"authorization", b"DPoP " + token.encode())][: 1 + (method == "GET")]
            data = own if method == "POST" else None
            answer = await holder.world.http.request(method, path, headers=headers, data=data)
            refused(answer, "invalid_dpop_proof", 401 if method == "GET" else 400)
