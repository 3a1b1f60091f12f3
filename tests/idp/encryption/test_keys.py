"""Which key an answer is encrypted to; and what happens where there is none: nothing is told."""

import json
from base64 import urlsafe_b64encode
from typing import Any, cast

import pytest
from joserfc.jwk import ECKey, JWKRegistry, KeySet, OKPKey
from pydantic import ValidationError

from foundation.clock import MINUTE, FrozenClock
from foundation.outbound.fetching import Outbound
from idp.clients.jwks import read_jwks
from idp.clients.members.encrypting import KEY_ALGORITHMS, Encrypting
from idp.clients.metadata import ClientMetadata
from idp.encryption.choosing import usable_key
from tests.idp.clients.test_published_keys import DOWN, URI, Web
from tests.idp.encryption.apps import enclosing_app, granted, key_for, opened, opening_key, verified
from tests.idp.support import REDIRECT, World
from tests.idp.tokens import app_key, asserting, assertion_claims, public_jwks, refused, signed

EC: dict[str, Any] = opening_key("EC").as_dict(private=False)
RSA: dict[str, Any] = opening_key("RSA").as_dict(private=False)
HOW = ("ECDH-ES", "A128CBC-HS256")


def without(jwk: dict[str, Any], *names: str, **more: Any) -> dict[str, Any]:
    return {name: value for name, value in jwk.items() if name not in names} | more


def chosen(alg: str, *jwks: dict[str, Any]) -> str | None:
    key = usable_key(KeySet([JWKRegistry.import_key(jwk) for jwk in jwks]), alg)
    return None if key is None else str(key.kid)


@pytest.mark.parametrize(
    ("alg", "jwks", "kid"),
    [
        ("ECDH-ES", (EC,), EC["kid"]),
        ("ECDH-ES+A128KW", (RSA, EC), EC["kid"]),
        ("RSA-OAEP-256", (EC, RSA), RSA["kid"]),
        ("RSA-OAEP-256", (EC,), None),
        ("ECDH-ES", (RSA,), None),
        ("ECDH-ES", (without(EC, "use"),), EC["kid"]),
        ("ECDH-ES", (without(EC, "use", kid="any"), EC), EC["kid"]),  # the one that is marked
        ("ECDH-ES", (without(EC, use="sig"),), None),
        ("ECDH-ES", (without(EC, alg="ECDH-ES+A256KW"),), None),
        ("ECDH-ES", (without(EC, alg="ES256"),), None),
        ("ECDH-ES", (without(EC, alg="ECDH-ES"),), EC["kid"]),
        ("ECDH-ES", (without(EC, "use", key_ops=["verify"]),), None),
        ("ECDH-ES", (without(EC, "use", key_ops=["deriveKey"]),), EC["kid"]),
        ("RSA-OAEP-256", (without(RSA, "use", key_ops=["wrapKey"]),), RSA["kid"]),
        ("ECDH-ES", (EC, without(EC, kid="second")), EC["kid"]),
    ],
)
def test_which_key_serves(alg: str, jwks: tuple[dict[str, Any], ...], kid: str | None) -> None:
    assert chosen(alg, *jwks) == kid


@pytest.mark.parametrize("curve", ["P-384", "P-521", "X25519"])
def test_a_key_of_another_curve_is_taken_for_encryption_alone(curve: str) -> None:
    jwk: dict[str, Any] = opening_key(curve).as_dict(private=False)
    assert [key.kid for key in read_jwks(json.dumps({"keys": [jwk]}))] == [jwk["kid"]]
    for alg in KEY_ALGORITHMS:
        assert chosen(alg, RSA, jwk) == (RSA if alg == "RSA-OAEP-256" else jwk)["kid"]
    for other in (without(jwk, "use"), jwk | {"use": "sig"}):  # one for signatures, of another server's
        with pytest.raises(ValueError, match="encryption alone"):
            read_jwks(json.dumps({"keys": [other]}))


@pytest.mark.parametrize("jwk", [{"kty": "OKP", "crv": "X448"}, {"kty": "EC", "crv": "secp256k1"}])
def test_a_curve_that_is_not_announced_is_not_taken(jwk: dict[str, Any]) -> None:
    make = OKPKey.generate_key if jwk["kty"] == "OKP" else ECKey.generate_key
    key = make(jwk["crv"], {"use": "enc"})
    assert usable_key(KeySet([key]), "ECDH-ES") is None
    with pytest.raises(ValueError, match="curve is not taken"):
        read_jwks(public_jwks(key))


@pytest.mark.parametrize("point", [bytes(32), bytes([1]) + bytes(31), b"\xec" + b"\xff" * 30 + b"\x7f"])
def test_a_point_of_small_order_is_no_key(point: bytes) -> None:
    """RFC 7748 section 6.1: whatever is agreed on with it, everybody knows; and nothing may fail later."""
    jwk = {"kty": "OKP", "crv": "X25519", "use": "enc", "x": urlsafe_b64encode(point).rstrip(b"=").decode()}
    with pytest.raises(ValueError, match="nothing secret"):
        read_jwks(json.dumps({"keys": [jwk]}))


def test_of_no_keys_none_serves() -> None:
    assert usable_key(None, "ECDH-ES") is None


def registered(**fields: Any) -> ClientMetadata:
    return ClientMetadata(name="Cap", redirect_uris=(REDIRECT,), **fields)


@pytest.mark.parametrize("alg", KEY_ALGORITHMS)
@pytest.mark.parametrize("answer", ["id_token", "userinfo", "authorization", "introspection"])
def test_no_app_is_registered_whose_answers_nobody_could_open(answer: str, alg: str) -> None:
    member = {f"{answer}_encrypted_response_alg": alg}
    assert registered(jwks=public_jwks(key_for(alg)), **member).encryption_of(cast(Any, answer)) is not None
    assert registered(jwks_uri=URI, **member)
    for keys in ({}, {"jwks": public_jwks(app_key())}, {"jwks": public_jwks(app_key("RS256"))}):
        with pytest.raises(ValidationError, match="key"):
            registered(**keys, **member)
    with pytest.raises(ValidationError, match="another face"):
        registered(jwks_uri=URI, profile="france-travail", **member)


@pytest.mark.parametrize("alg", ["RSA1_5", "RSA-OAEP", "dir", "A128KW", "PBES2-HS256+A128KW", "none"])
def test_weak_algorithms_cannot_be_registered(alg: str) -> None:
    for name in Encrypting.model_fields:
        with pytest.raises(ValidationError):
            registered(jwks_uri=URI, **{name: alg})


@pytest.fixture
def web() -> Web:
    return Web()


@pytest.fixture
async def away(world: World, web: Web, clock: FrozenClock) -> World:
    """An app that proves itself by assertions, and publishes its keys at an address."""
    world.server.app_keys._outbound, world.server.app_keys._elapsed = cast(Outbound, web), clock.now
    return await enclosing_app(
        world,
        "away",
        jwks=None,
        jwks_uri=URI,
        auth_method="private_key_jwt",
        id_token_encrypted_response_alg="ECDH-ES",
        userinfo_encrypted_response_alg="ECDH-ES",
        introspection_encrypted_response_alg="ECDH-ES",
    )


def proof(app: World) -> dict[str, str]:
    return asserting(signed(assertion_claims("away", app.server.issuer, app.clock), app_key()))


async def test_a_key_behind_an_address_is_the_one_published_now(away: World, web: Web) -> None:
    web.say(public_jwks(app_key(), opening_key("EC")))
    await away.grant(away.client)
    body = (await away.redeem(await away.code(away.client), **proof(away))).json()
    assert opened(body["id_token"], opening_key("EC"), *HOW)
    web.say(public_jwks(app_key(), opening_key("EC", 2)))
    assert opened((await away.read("/userinfo", body["access_token"])).text, opening_key("EC"), *HOW)
    away.clock.advance(6 * MINUTE)  # what was fetched is no longer fresh
    for path in ("/userinfo", "/userinfo"):
        told = (await away.read(path, body["access_token"])).text
        assert opened(told, opening_key("EC", 2), *HOW)
    again = (await away.refresh(body["refresh_token"], **proof(away))).json()
    _, inner = opened(again["id_token"], opening_key("EC", 2), *HOW)
    assert (await verified(away.http, inner))[1]["aud"] == "away"
    assert web.asked == [URI, URI]


async def test_without_a_key_nothing_is_told_and_nothing_spent(away: World, web: Web) -> None:
    web.say(public_jwks(app_key()))  # for signatures alone
    await away.grant(away.client)
    code, shown = await away.code(away.client), proof(away)
    problem = refused(await away.redeem(code, **shown), "invalid_client_metadata")
    assert "ECDH-ES" in problem["error_description"]
    assert await away.events("code.redeemed") == []
    refused(await away.redeem(code, **shown), "invalid_client", 401)  # but the assertion was used
    web.say(public_jwks(app_key(), opening_key("EC")))
    refused(await away.redeem(code, **proof(away)), "invalid_client_metadata")  # what is held is still fresh
    away.clock.advance(6 * MINUTE)
    body = (await away.redeem(await away.code(away.client), **proof(away))).json()
    assert opened(body["id_token"], opening_key("EC"), *HOW)

    web.say(public_jwks(app_key()))
    away.clock.advance(6 * MINUTE)
    refused(await away.read("/userinfo", body["access_token"]), "invalid_client_metadata")
    assert await away.events("data.read") == []
    media = {"accept": "application/token-introspection+jwt"}
    form = proof(away) | {"token": body["access_token"]}
    answer = await away.http.post("/introspect", data=form, headers=media)
    refused(answer, "invalid_client_metadata")


async def test_an_address_that_is_down_keeps_what_it_said_for_a_while(away: World, web: Web) -> None:
    web.say(public_jwks(app_key(), opening_key("EC")))
    await away.grant(away.client)
    body = (await away.redeem(await away.code(away.client), **proof(away))).json()
    web.answer = DOWN
    away.clock.advance(6 * MINUTE)
    assert opened((await away.read("/userinfo", body["access_token"])).text, opening_key("EC"), *HOW)
    assert len(web.asked) == 2


async def test_the_first_that_is_ever_told_waits_for_the_keys(
    world: World, web: Web, clock: FrozenClock
) -> None:
    world.server.app_keys._outbound, world.server.app_keys._elapsed = cast(Outbound, web), clock.now
    app = await enclosing_app(
        world, "late", jwks=None, jwks_uri=URI, userinfo_encrypted_response_alg="RSA-OAEP-256"
    )
    body = await granted(app)
    web.say(json.dumps({"keys": [RSA]}))
    answer = await app.read("/userinfo", body["access_token"])
    _, claims = opened(answer.text, opening_key("RSA"), "RSA-OAEP-256", "A128CBC-HS256")
    assert json.loads(claims)["sub"]
    assert web.asked == [URI]
    assert len(await app.events("data.read")) == 1
