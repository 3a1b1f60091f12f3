"""private_key_jwt: real keys, real assertions, and the ways in which others got them wrong."""

import asyncio
import json
from typing import Any

import httpx
import pytest
from joserfc import jws
from joserfc.jwk import OctKey, RSAKey

from foundation.clock import SECOND
from idp.clients.assertion import ASSERTION_TYPE, PURGE
from tests.idp.support import ISSUER, World, add_app
from tests.idp.tokens import (
    app_key,
    asserting,
    assertion_claims,
    b64,
    handmade,
    public_jwks,
    refused,
    signed,
)

TOKEN_ENDPOINT = f"{ISSUER}/token"
ASK = {"grant_type": "client_credentials"}


@pytest.fixture
async def keyed(world: World) -> World:
    """An app with an EC key and an RSA key."""
    jwks = public_jwks(app_key("ES256"), app_key("RS256"))
    return world.of(await add_app(world.server, "keyed", None, auth_method="private_key_jwt", jwks=jwks), "")


async def present(world: World, assertion: str, **fields: str) -> httpx.Response:
    return await world.post("/token", asserting(assertion, **ASK | fields))


def good(world: World, **changed: Any) -> dict[str, Any]:
    return assertion_claims("keyed", TOKEN_ENDPOINT, world.clock, **changed)


@pytest.mark.parametrize("alg", ["ES256", "RS256"])
async def test_a_signed_assertion_is_a_credential(keyed: World, alg: str) -> None:
    for audience in (TOKEN_ENDPOINT, ISSUER):
        answer = await present(keyed, signed(good(keyed, aud=audience), app_key(alg)))
        assert answer.status_code == 200, answer.text
    with_id = await present(keyed, signed(good(keyed), app_key(alg)), client_id="keyed")
    assert with_id.status_code == 200


async def test_a_key_signs_by_the_algorithm_it_was_registered_for(keyed: World) -> None:
    unlabelled = {
        name: value for name, value in app_key("RS256").as_dict(private=True).items() if name != "alg"
    }
    by_pss = signed(good(keyed), RSAKey.import_key(unlabelled), alg="PS256")
    refused(await present(keyed, by_pss), "invalid_client", 401)
    # Registered without an algorithm, it may sign by any of its kind that we take.
    jwks = public_jwks(RSAKey.import_key(unlabelled))
    app = await add_app(keyed.server, "any", None, auth_method="private_key_jwt", jwks=jwks)
    for alg in ("RS256", "PS256"):
        claims = assertion_claims("any", ISSUER, keyed.clock)
        answer = await present(keyed.of(app, ""), signed(claims, RSAKey.import_key(unlabelled), alg=alg))
        assert answer.status_code == 200, answer.text


async def test_it_works_at_revocation_and_introspection_too(keyed: World) -> None:
    token = (await present(keyed, signed(good(keyed), app_key()))).json()["access_token"]
    shown = await keyed.post("/introspect", asserting(signed(good(keyed), app_key()), token=token))
    assert shown.json()["active"] is True
    spent = signed(good(keyed), app_key())
    assert (await keyed.post("/revoke", asserting(spent, token=token))).status_code == 200
    refused(await keyed.post("/introspect", asserting(spent, token=token)), "invalid_client", 401)
    refused(await keyed.post("/revoke", asserting(spent, token=token)), "invalid_client", 401)
    again = await keyed.post("/introspect", asserting(signed(good(keyed), app_key()), token=token))
    assert again.json() == {"active": False}


async def test_an_assertion_is_used_once(keyed: World) -> None:
    assertion = signed(good(keyed), app_key())
    assert (await present(keyed, assertion)).status_code == 200
    refused(await present(keyed, assertion), "invalid_client", 401)
    # Another assertion with the same jti is the same use.
    same_id = good(keyed, jti="fixed")
    assert (await present(keyed, signed(same_id, app_key()))).status_code == 200
    later = signed(same_id | {"exp": same_id["exp"] + 1}, app_key())
    refused(await present(keyed, later), "invalid_client", 401)


async def test_an_assertion_is_spent_by_a_call_that_fails(keyed: World) -> None:
    for path, fields, error in (
        ("/token", {"grant_type": "authorization_code", "code": "ac_x"}, "invalid_grant"),
        ("/revoke", {}, "invalid_request"),
        ("/introspect", {}, "invalid_request"),
    ):
        assertion = signed(good(keyed), app_key())
        refused(await keyed.post(path, asserting(assertion, **fields)), error)
        refused(await present(keyed, assertion), "invalid_client", 401)


async def test_of_many_uses_at_once_one_counts(keyed: World) -> None:
    assertion = signed(good(keyed), app_key())
    answers = await asyncio.gather(*(present(keyed, assertion) for _ in range(64)))
    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 63
    assert len(await keyed.events("token.issued")) == 1


async def test_a_used_assertion_is_remembered_until_it_could_not_be_used(keyed: World) -> None:
    assertion = signed(good(keyed), app_key())
    assert (await present(keyed, assertion)).status_code == 200
    keyed.clock.advance(60 * SECOND + 29 * SECOND)  # expired, but within the tolerated skew
    assert await PURGE.below(keyed.server.db, keyed.clock.now()) == 0
    refused(await present(keyed, assertion), "invalid_client", 401)
    keyed.clock.advance(60 * SECOND)
    assert await PURGE.below(keyed.server.db, keyed.clock.now()) == 1
    refused(await present(keyed, assertion), "invalid_client", 401)


BAD_CLAIMS: tuple[dict[str, Any], ...] = (
    {"aud": [TOKEN_ENDPOINT]},
    {"aud": [TOKEN_ENDPOINT, "https://other.example"]},
    {"aud": "https://other.example/token"},
    {"aud": ISSUER + "/"},
    {"aud": f"{ISSUER}/introspect"},
    {"aud": None},
    {"aud": {"0": TOKEN_ENDPOINT}},
    {"exp": None},
    {"exp": "never"},
    {"exp": True},
    {"exp": 1_800_000_000 - 31},
    {"exp": 1_800_000_000 + 601},
    {"exp": 10**30},
    {"exp": 1e300},
    {"nbf": 1_800_000_000 + 31},
    {"nbf": "now"},
    {"iat": 1_800_000_000 + 3600},
    {"iat": "now"},
    {"jti": None},
    {"jti": ""},
    {"jti": "j" * 257},
    {"jti": 7},
    {"iss": None},
    {"iss": "app"},
    {"sub": None},
    {"sub": "app"},
    {"sub": "nobody"},
    {"sub": "keyed\u0000"},
    {"sub": ["keyed"]},
    {"sub": "k" * 500},
)


async def test_claims_that_do_not_hold(keyed: World) -> None:
    for changed in BAD_CLAIMS:
        refused(await present(keyed, signed(good(keyed, **changed), app_key())), "invalid_client", 401)
    assert (await present(keyed, signed(good(keyed), app_key()))).status_code == 200


def _confused(claims: dict[str, Any]) -> list[str]:
    """The key-confusion family: what else could pass for a signature by the app's key."""
    key, public = app_key(), public_jwks(app_key())
    by_public_key = OctKey.import_key(public.encode())
    hs256 = jws.serialize_compact(
        {"alg": "HS256", "kid": key.kid}, json.dumps(claims).encode(), by_public_key, algorithms=["HS256"]
    )
    stranger = app_key("ES256", 2)
    attacker_jwk = stranger.as_dict(private=False)
    good_signature = signed(claims, key)
    head, body, signature = good_signature.split(".")
    changed = b64(json.dumps(claims | {"scope": "x"}).encode())
    return [
        handmade({"alg": "none"}, claims),
        handmade({"alg": "None", "kid": key.kid}, claims, b"x" * 64),
        handmade({"alg": "nOnE"}, claims),
        handmade({"kid": key.kid}, claims, b"x" * 64),
        hs256,
        signed(claims, stranger),
        signed(claims, stranger, kid=key.kid),
        signed(claims, stranger, kid="../../etc/passwd"),
        signed(claims, stranger, kid=key.kid, jwk=attacker_jwk),
        signed(claims, stranger, kid=None, jwk=attacker_jwk),
        signed(claims, stranger, jku="https://evil.example/jwks", kid="evil"),
        signed(claims, stranger, x5u="https://evil.example/x5u"),
        handmade({"alg": "ES256", "kid": key.kid, "crit": ["exp"], "exp": 1}, claims, b"x" * 64),
        handmade({"alg": "ES256", "kid": key.kid, "b64": False, "crit": ["b64"]}, claims, b"x" * 64),
        handmade({"alg": ["ES256"], "kid": key.kid}, claims, b"x" * 64),
        handmade({"alg": "ES256", "kid": 7}, claims, b"x" * 64),
        handmade({"alg": "ES256", "kid": key.kid}, claims, b""),
        handmade({"alg": "ES256", "kid": key.kid}, claims, b"\x00" * 64),
        handmade({"alg": "RS256", "kid": key.kid}, claims, b"\x00" * 64),
        handmade({"alg": "PBES2-HS256+A128KW", "p2c": 10**9}, claims, b"x"),
        f"{head}.{changed}.{signature}",
        f"{head}.{body}.{signature}=",
        f"{head}.{body}.{signature[:-2]}",
        f"{head}..{signature}",
        f"{head}.{body}",
        f"{good_signature}.{signature}",
        "a.b.c",
        "...",
        "é.è.ê",
        f"{b64(b'[]')}.{body}.{signature}",
        f"{b64(b'null')}.{body}.{signature}",
        f"{b64(b'{')}.{body}.{signature}",
        f"{head}.{b64(b'[1]')}.{signature}",
        f"{head}.{b64(b'not json')}.{signature}",
        f"{head}.{b64(b'[' * 3000)}.{signature}",
    ]


async def test_what_is_not_a_signature_by_the_registered_key(keyed: World) -> None:
    for assertion in _confused(good(keyed)):
        refused(await present(keyed, assertion), "invalid_client", 401)


async def test_an_unknown_critical_extension_is_refused_even_when_signed(keyed: World) -> None:
    key = app_key()
    for header in ({"crit": ["exp"], "exp": 1}, {"crit": ["b64"], "b64": False}, {"crit": []}):
        fields = {"alg": "ES256", "kid": key.kid} | header
        head, body = b64(json.dumps(fields).encode()), b64(json.dumps(good(keyed)).encode())
        raw = jws.JWSRegistry.algorithms["ES256"].sign(f"{head}.{body}".encode(), key)
        refused(await present(keyed, f"{head}.{body}.{b64(raw)}"), "invalid_client", 401)


async def test_a_token_of_another_kind_is_no_assertion(keyed: World) -> None:
    for typ in (None, "JWT", "jwt", "client-authentication+jwt", "application/client-authentication+jwt"):
        assert (await present(keyed, signed(good(keyed), app_key(), typ=typ))).status_code == 200
    for typ in ("at+jwt", "dpop+jwt", "oauth-authz-req+jwt", "logout+jwt", "software-statement+jwt", "x"):
        refused(await present(keyed, signed(good(keyed), app_key(), typ=typ)), "invalid_client", 401)


async def test_size_is_capped_before_anything_is_parsed(keyed: World) -> None:
    refused(await present(keyed, signed(good(keyed, pad="x" * 9000), app_key())), "invalid_client", 401)
    refused(await present(keyed, "a." + "b" * 50_000 + ".c"), "invalid_client", 401)
    refused(await present(keyed, "a." + "b" * 1_000_000 + ".c"), "invalid_request", 413)


async def test_the_type_of_assertion_is_checked(keyed: World) -> None:
    for kind in ("", "urn:ietf:params:oauth:client-assertion-type:saml2-bearer", ASSERTION_TYPE.upper()):
        fields = asserting(signed(good(keyed), app_key())) | ASK | {"client_assertion_type": kind}
        refused(await keyed.post("/token", fields), "invalid_client", 401)


async def test_another_apps_assertion_is_not_mine(keyed: World) -> None:
    refused(await present(keyed, signed(good(keyed), app_key()), client_id="app"), "invalid_client", 401)
    other = public_jwks(app_key("ES256", 2))
    await add_app(keyed.server, "other", None, auth_method="private_key_jwt", jwks=other)
    forged = assertion_claims("other", TOKEN_ENDPOINT, keyed.clock)
    refused(await present(keyed, signed(forged, app_key())), "invalid_client", 401)


async def test_an_app_with_a_secret_cannot_assert(world: World) -> None:
    claims = assertion_claims("app", TOKEN_ENDPOINT, world.clock)
    fields = asserting(signed(claims, app_key())) | ASK
    refused(await world.http.post("/token", data=fields), "invalid_client", 401)
