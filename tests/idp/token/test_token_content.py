"""What is in the tokens, read by the two JOSE libraries that partners use."""

import hashlib
from typing import Any

import pytest
from jose import jwt as python_jose
from joserfc import jwt
from joserfc.jwk import KeySet

from foundation.clock import DAY, SECOND, to_seconds
from idp.clients.members.tokens import SIGNING_ALGORITHMS
from idp.clients.sids import sid_for
from tests.idp.support import ISSUER, REDIRECT, World, add_app
from tests.idp.tokens import b64, claims_of, header_of


async def tokens_for(world: World, alg: str) -> tuple[World, dict[str, str]]:
    app = world.of(await add_app(world.server, "content", "s", id_token_alg=alg), "s")
    await app.grant(app.client)
    answer = await app.redeem(await app.code(app.client))
    assert answer.status_code == 200, answer.text
    return app, answer.json()


def named_key(jwks: dict[str, Any], token: str) -> dict[str, Any]:
    """The key that a token names: python-jose wants it picked for it where a set mixes key types."""
    [key] = [key for key in jwks["keys"] if key["kid"] == header_of(token)["kid"]]
    return key


@pytest.mark.parametrize("alg", SIGNING_ALGORITHMS)
async def test_an_id_token_says_who_signed_in_where_and_when(world: World, alg: str) -> None:
    _, body = await tokens_for(world, alg)
    claims, header = claims_of(body["id_token"]), header_of(body["id_token"])
    assert header == {"alg": alg, "typ": "JWT", "kid": world.server.ring.signer("token", alg).kid}
    hashed = hashlib.new("sha512" if alg == "EdDSA" else "sha256", body["access_token"].encode()).digest()
    half = hashed[: len(hashed) // 2]
    now = to_seconds(world.clock.now())
    assert claims == {
        "iss": ISSUER,
        "sub": claims["sub"],
        "aud": "content",
        "iat": now,
        "exp": now + 300,
        "auth_time": now,
        "nonce": "n-1",
        "sid": sid_for(world.server.secrets.sid, "content", world.session.id),
        "at_hash": b64(half),
    }
    assert len(claims["sub"]) == 43
    assert world.person_id not in body["id_token"]


@pytest.mark.parametrize("alg", ["ES256", "RS256"])
async def test_two_libraries_verify_an_id_token_with_what_we_publish(world: World, alg: str) -> None:
    _, body = await tokens_for(world, alg)
    jwks = (await world.http.get("/jwks")).json()
    read = jwt.decode(body["id_token"], KeySet.import_key_set(jwks), algorithms=[alg])
    assert read.claims["aud"] == "content"
    claims = python_jose.decode(
        body["id_token"],
        named_key(jwks, body["id_token"]),
        algorithms=[alg],
        audience="content",
        issuer=ISSUER,
        access_token=body["access_token"],
        # The frozen clock is ahead of the machine's; the times are checked above.
        options={"verify_iat": False, "verify_exp": False, "verify_nbf": False},
    )
    assert claims["nonce"] == "n-1"


async def test_an_access_token_follows_rfc_9068(world: World) -> None:
    _, body = await tokens_for(world, "ES256")
    claims, header = claims_of(body["access_token"]), header_of(body["access_token"])
    assert (header["typ"], header["alg"]) == ("at+jwt", "ES256")
    now = to_seconds(world.clock.now())
    assert claims == {
        "iss": ISSUER,
        "aud": f"{ISSUER}/v1",
        "sub": claims_of(body["id_token"])["sub"],
        "client_id": "content",
        "scope": body["scope"],
        "jti": claims["jti"],
        "iat": now,
        "exp": now + 600,
        "grant_id": claims["grant_id"],
    }
    assert body["expires_in"] == 600
    jwks = (await world.http.get("/jwks")).json()
    python_jose.decode(
        body["access_token"],
        named_key(jwks, body["access_token"]),
        algorithms=["ES256"],
        audience=f"{ISSUER}/v1",
        options={"verify_iat": False, "verify_exp": False},
    )


async def test_two_apps_know_one_person_by_two_names(world: World) -> None:
    _, first = await tokens_for(world, "ES256")
    second = await world.tokens()
    assert claims_of(first["id_token"])["sub"] != claims_of(second["id_token"])["sub"]
    # Two of "public" subjects know her by one, which is no pairwise one either.
    public = [
        world.of(await add_app(world.server, name, "s", subject_type="public"), "s")
        for name in ("p-1", "p-2")
    ]
    subjects = set()
    for app in public:
        await app.grant(app.client)
        subjects.add(claims_of((await app.redeem(await app.code(app.client))).json()["id_token"])["sub"])
    assert len(subjects) == 1
    assert not subjects & {claims_of(first["id_token"])["sub"], claims_of(second["id_token"])["sub"]}


@pytest.mark.parametrize("seconds", [60, 3600])
async def test_an_app_may_have_a_token_life_of_its_own(world: World, seconds: int) -> None:
    app = world.of(await add_app(world.server, "own", "s", access_token_seconds=seconds), "s")
    await app.grant(app.client)
    body = (await app.redeem(await app.code(app.client))).json()
    assert body["expires_in"] == seconds
    world.clock.advance(seconds * SECOND - 1)
    assert (await app.read("/v1/me", body["access_token"])).status_code == 200
    world.clock.advance(1)
    assert (await app.read("/v1/me", body["access_token"])).status_code == 401


async def test_no_token_outlives_its_grant(world: World) -> None:
    decided = await world.grant(duration=["30d"])
    world.clock.advance(30 * DAY - 90 * SECOND)
    body = (await world.redeem(await world.code())).json()
    assert body["expires_in"] == 90
    assert claims_of(body["access_token"])["exp"] == to_seconds(decided.standing.expires_at)
    world.clock.advance(90 * SECOND)
    assert (await world.read("/v1/me", body["access_token"])).status_code == 401
    assert (await world.refresh(body["refresh_token"])).status_code == 400


async def test_scope_is_always_said_in_full(world: World) -> None:
    body = await world.tokens(scope=[])
    assert body["scope"] == "openid profile offline_access"
    narrowed = await world.refresh(body["refresh_token"], scope="openid")
    assert narrowed.json()["scope"] == "openid"


async def test_a_code_asked_for_less_gives_less_than_the_grant(world: World) -> None:
    await world.grant()
    body = (await world.redeem(await world.code(scope="openid skills"))).json()
    assert body["scope"] == "openid skills"
    assert "refresh_token" not in body
    assert (await world.read("/v1/me/experiences", body["access_token"])).status_code == 403


async def test_answers_are_not_to_be_kept_by_anyone_between(world: World) -> None:
    await world.grant()
    answer = await world.redeem(await world.code(), redirect_uri=REDIRECT)
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["pragma"] == "no-cache"
    assert answer.headers["content-type"] == "application/json"


async def test_without_offline_access_there_is_no_refresh_token(world: World) -> None:
    asked = "openid profile skills"
    await world.grant(asked=asked, scope=["skills"])
    body = (await world.redeem(await world.code(scope=asked))).json()
    assert body["scope"] == asked
    assert "refresh_token" not in body


async def test_an_app_not_registered_for_refreshing_gets_none(world: World) -> None:
    app = world.of(await add_app(world.server, "no-rt", "s", grant_types=("authorization_code",)), "s")
    await app.grant(app.client)
    assert "refresh_token" not in (await app.redeem(await app.code(app.client))).json()
