"""Only a live access token of ours, in the header, opens anything; and each refusal says how to go on."""

import base64
import json

import httpx
import pytest
from joserfc import jws
from joserfc.jwk import OctKey

from idp.clients.registry import suspend_client
from tests.idp.support import ISSUER, World
from tests.idp.tokens import altered, app_key, b64, claims_of, handmade, header_of, refused, signed

METADATA = f'resource_metadata="{ISSUER}/.well-known/oauth-protected-resource/v1"'
DPOP = 'DPoP algs="ES256 EdDSA Ed25519 PS256 RS256"'
PATHS = ("/v1/me", "/v1/me/skills", "/userinfo")


async def with_header(world: World, path: str, value: str | bytes) -> httpx.Response:
    raw = value.encode("latin-1") if isinstance(value, str) else value
    return await world.http.get(path, headers=[(b"authorization", raw)])


@pytest.mark.parametrize("path", PATHS)
async def test_without_a_token_one_learns_where_to_get_one(world: World, path: str) -> None:
    answer = await world.http.get(path)
    refused(answer, "missing_token", 401)
    assert answer.headers["www-authenticate"] == f"Bearer {METADATA}, {DPOP}"
    metadata = await world.http.get("/.well-known/oauth-protected-resource/v1")
    assert metadata.json()["authorization_servers"] == [ISSUER]


async def test_a_dead_token_is_an_invalid_token(world: World) -> None:
    answer = await world.read("/v1/me", "nonsense")
    refused(answer, "invalid_token", 401)
    assert answer.headers["www-authenticate"] == f'Bearer {METADATA}, error="invalid_token"'


async def test_a_token_anywhere_else_than_it_may_be_is_not_read(world: World) -> None:
    token = (await world.tokens())["access_token"]
    for path in PATHS:
        refused(await world.http.get(path, params={"access_token": token}), "missing_token", 401)
        in_a_cookie = {"Cookie": f"access_token={token}"}
        refused(await world.http.get(path, headers=in_a_cookie), "missing_token", 401)
    in_the_query = await world.http.post("/userinfo", params={"access_token": token})
    refused(in_the_query, "missing_token", 401)
    in_a_form = await world.http.post("/v1/me/skills", data={"access_token": token})
    refused(in_a_form, "invalid_request", 415)
    assert await world.events("data.read") == []


async def test_what_is_no_bearer_credential(world: World) -> None:
    token = (await world.tokens())["access_token"]
    basic = base64.b64encode(b"app:app-secret").decode()
    for value in ("Bearer", "Bearer ", "Basic " + basic, "DPoP ", token, "Token " + token, ""):
        refused(await with_header(world, "/v1/me", value), "missing_token", 401)
    assert (await with_header(world, "/v1/me", "bearer " + token)).status_code == 200
    assert (await with_header(world, "/v1/me", "BEARER   " + token + " ")).status_code == 200


async def test_two_authorization_headers_are_refused(world: World) -> None:
    token = (await world.tokens())["access_token"]
    headers = [("Authorization", f"Bearer {token}"), ("Authorization", "Bearer other")]
    refused(await world.http.get("/v1/me", headers=headers), "invalid_request")


async def test_other_things_we_sign_or_give_are_no_access_tokens(world: World) -> None:
    body = await world.tokens()
    receipt = world.server.sign_receipt("receipt+jwt", claims_of(body["access_token"]))
    as_id_token = world.server.ring.signer("token", "ES256").sign("JWT", claims_of(body["access_token"]))
    again = world.server.ring.signer("token", "ES256").sign("at+jwt", claims_of(body["access_token"]))
    for other in (
        body["id_token"],
        body["refresh_token"],
        await world.code(),
        receipt,
        as_id_token,
        again,  # signed by us, with the jti of a live token, and never issued
    ):
        for path in PATHS:
            refused(await world.read(path, other), "invalid_token", 401)


async def test_an_altered_token_opens_nothing(world: World) -> None:
    token = (await world.tokens())["access_token"]
    head, payload, signature = token.split(".")
    claims = claims_of(token)
    wider = b64(json.dumps(claims | {"scope": "openid benefits"}).encode())
    longer = b64(json.dumps(claims | {"exp": 4_000_000_000}).encode())
    stranger = app_key("ES256", 2)
    jwks = (await world.http.get("/jwks")).text
    for other in (
        altered(token, 5),
        altered(token, len(head) + 40),
        altered(token, -1),
        altered(token, -5),
        token[:-1],
        token + "=",
        token + "A",
        token + ".",
        f"{head}.{payload}",
        f"{head}.{payload}.",
        f"{head}.{payload}.{signature}.x.y",
        f"{head}.{wider}.{signature}",
        f"{head}.{longer}.{signature}",
        handmade({"alg": "none", "typ": "at+jwt"}, claims),
        handmade(header_of(token) | {"alg": "none"}, claims),
        signed(claims, stranger, typ="at+jwt"),
        signed(claims, stranger, typ="at+jwt", jwk=stranger.as_dict(private=False)),
        signed(claims, stranger, typ="at+jwt", jku="https://evil.example/jwks"),
        jws.serialize_compact(
            {"alg": "HS256", "typ": "at+jwt"},
            json.dumps(claims).encode(),
            OctKey.import_key(jwks.encode()),
            algorithms=["HS256"],
        ),
    ):
        refused(await world.read("/v1/me", other), "invalid_token", 401)
    assert (await world.read("/v1/me", token)).status_code == 200


async def test_what_cannot_be_a_token_costs_nothing(world: World) -> None:
    for other in (
        "a.b.c",
        "..",
        "a..c",
        "a.W10.c",
        "a.bnVsbA.c",
        "a." + b64(b'{"jti":7}') + ".c",
        "a." + b64(b'{"jti":"' + b"0" * 32 + b'"}') + ".c",
        "a." + b64(b'{"jti":"\\u0000"}') + ".c",
        "a." + b64(b'{"jti":"x","jti":"y"}') + ".c",
        "a." + b64(b"[" * 5000) + ".c",
        "a." + b64(b'{"jti":NaN}') + ".c",
        "a." + b64(b'{"exp":1e999}') + ".c",
        "a." + "b" * 1_000_000 + ".c",
        "x" * 100_000,
    ):
        refused(await world.read("/v1/me", other), "invalid_token", 401)
    for raw in (b"Bearer \xff\xfe", "Bearer é.è.ê".encode(), b"Bearer a\x00b", b"Bearer \xe2\x98\x83"):
        refused(await with_header(world, "/v1/me", raw), "invalid_token", 401)


async def test_after_a_withdrawal_the_next_read_fails(world: World) -> None:
    decided = await world.grant()
    token = (await world.redeem(await world.code())).json()["access_token"]
    assert (await world.read("/v1/me/skills", token)).status_code == 200
    await world.revoke(decided.standing.grant_id)
    for path in PATHS:
        refused(await world.read(path, token), "invalid_token", 401)


async def test_a_suspended_app_reads_nothing(world: World) -> None:
    token = (await world.tokens())["access_token"]
    async with world.server.db.transaction() as tx:
        await suspend_client(tx, "app", world.clock.now())
    refused(await world.read("/v1/me", token), "invalid_token", 401)


async def test_an_erased_persons_data_opens_for_nobody(world: World) -> None:
    token = (await world.tokens())["access_token"]
    async with world.server.db.transaction() as tx:
        await world.server.people.destroy(tx, world.person_id)
    refused(await world.read("/v1/me/skills", token), "invalid_token", 401)


@pytest.mark.parametrize("path", PATHS)
async def test_only_reading_methods_are_taken(world: World, path: str) -> None:
    token, taken = (await world.tokens())["access_token"], "GET"
    if path in {"/userinfo", "/v1/me/skills"}:  # by OpenID Connect; to add a skill
        taken = "GET, POST"
    for method in {"PUT", "DELETE", "PATCH", "POST"}.difference(taken.split(", ")):
        headers = {"Authorization": f"Bearer {token}"}
        answer = await world.http.request(method, path, headers=headers)
        refused(answer, "method_not_allowed", 405)
        assert answer.headers["allow"] == taken


async def test_paths_are_exact(world: World) -> None:
    token = (await world.tokens())["access_token"]
    for path in (
        "/v1/me/",
        "/v1//me",
        "//v1/me",
        "/v1/me/skills/",
        "/v1/me/skills;x",
        "/v1/me/skills%2f",
        "/v1/me/%2e%2e/me",
        "/V1/me",
        "/v1/me/unknown",
        "/v1/me/identity",
        "/v1/me/profile",
        "/v1/me/openid",
        "/v1",
    ):
        answer = await world.http.get(path, headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 404, path
