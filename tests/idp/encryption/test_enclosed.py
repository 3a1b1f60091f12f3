"""What an app registered to have signed or encrypted comes so, and never plainly instead."""

import json

import pytest

from idp.authorize.hint import hinted_subject
from tests.idp.encryption.apps import PAIRS, enclosing_app, granted, key_for, opened, opening_key, verified
from tests.idp.support import ISSUER, World, add_app
from tests.idp.tokens import app_key, claims_of, public_jwks, refused

HOW = ("ECDH-ES", "A128CBC-HS256")  # the enc that holds where none is named


@pytest.mark.parametrize(("alg", "enc"), PAIRS)
async def test_an_id_token_is_signed_then_encrypted(world: World, alg: str, enc: str) -> None:
    app = await enclosing_app(
        world, "sealed", id_token_encrypted_response_alg=alg, id_token_encrypted_response_enc=enc
    )
    body = await granted(app)
    header, inner = opened(body["id_token"], key_for(alg), alg, enc)
    assert (header["alg"], header["enc"], header["cty"]) == (alg, enc, "JWT")
    assert header["kid"] == key_for(alg).kid
    signed_header, claims = await verified(app.http, inner)
    assert signed_header["typ"] == "JWT"
    assert (claims["iss"], claims["aud"], claims["nonce"]) == (ISSUER, "sealed", "n-1")
    assert claims["at_hash"]
    # The access token is for the API, not for the app to open; a refreshed ID token is encrypted too.
    assert claims_of(body["access_token"])["client_id"] == "sealed"
    again = (await app.refresh(body["refresh_token"])).json()
    assert (await verified(app.http, opened(again["id_token"], key_for(alg), alg, enc)[1]))[1][
        "aud"
    ] == "sealed"


async def test_the_same_claims_are_told_by_userinfo_in_each_form(world: World) -> None:
    await world.grant()
    plain = (
        await world.read("/userinfo", (await world.redeem(await world.code())).json()["access_token"])
    ).json()
    alg, enc = "RSA-OAEP-256", "A256GCM"
    encrypted = {"userinfo_encrypted_response_alg": alg, "userinfo_encrypted_response_enc": enc}
    for name, members in {
        "signed": {"userinfo_signed_response_alg": "ES256"},
        "encrypted": encrypted,
        "both": {"userinfo_signed_response_alg": "RS256"} | encrypted,
    }.items():
        app = await enclosing_app(world, name, subject_type="public", **members)
        body = await granted(app)
        answer = await app.read("/userinfo", body["access_token"])
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "application/jwt"
        assert answer.headers["cache-control"] == "no-store"
        text: str | bytes = answer.text
        if name != "signed":
            header, text = opened(answer.text, key_for(alg), alg, enc)
            assert header.get("cty") == ("JWT" if name == "both" else None)
        if name == "encrypted":
            claims = json.loads(text)
        else:
            signed_header, claims = await verified(app.http, text, members["userinfo_signed_response_alg"])
            assert signed_header["typ"] == "userinfo+jwt"
            assert (claims.pop("iss"), claims.pop("aud")) == (ISSUER, name)
            assert claims.pop("iat")
        assert {**claims, "sub": ""} == {**plain, "sub": ""}
        # A refusal is no claim about anyone: it stays JSON.
        refused(await app.read("/userinfo", "no.such.token"), "invalid_token", 401)
    assert len(await world.events("data.read")) == 4


async def test_claims_for_userinfo_are_no_id_token(house: World) -> None:
    app = await enclosing_app(house, "signed", userinfo_signed_response_alg="ES256")
    body = await granted(app)
    told = (await app.read("/userinfo", body["access_token"])).text
    for hint, taken in ((body["id_token"], True), (told, False)):
        assert (hinted_subject(app.server, hint, "signed") is not None) is taken


async def test_introspection_as_a_token(world: World) -> None:
    """RFC 9701: asked for by Accept, signed for the app that asks, and no token itself."""
    await world.grant()
    body = (await world.redeem(await world.code())).json()
    plain = (await world.post("/introspect", {"token": body["access_token"]})).json()
    accept = {"accept": "application/token-introspection+jwt"}
    auth = (world.client.id, world.secret)
    for token, expected in ((body["access_token"], plain), ("unknown", {"active": False})):
        answer = await world.http.post("/introspect", data={"token": token}, auth=auth, headers=accept)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/token-introspection+jwt"
        assert answer.headers["cache-control"] == "no-store"
        header, claims = await verified(
            world.http, answer.text, "RS256"
        )  # what the RFC says of apps that say nothing
        assert header["typ"] == "token-introspection+jwt"
        assert claims.keys() == {"iss", "aud", "iat", "token_introspection"}
        assert (claims["iss"], claims["aud"]) == (ISSUER, "app")
        assert claims["token_introspection"] == expected
        refused(await world.read("/v1/me", answer.text), "invalid_token", 401)


async def test_introspection_signed_and_encrypted_as_registered(world: World) -> None:
    app = await enclosing_app(
        world,
        "rs",
        introspection_signed_response_alg="ES256",
        introspection_encrypted_response_alg="ECDH-ES+A256KW",
        introspection_encrypted_response_enc="A256CBC-HS512",
    )
    body = await granted(app)
    for accept in (
        "application/token-introspection+jwt",
        "application/json;q=0.5, Application/Token-Introspection+JWT",
    ):
        answer = await app.http.post(
            "/introspect", data={"token": body["access_token"]}, auth=("rs", "s"), headers={"accept": accept}
        )
        header, inner = opened(answer.text, opening_key("EC"), "ECDH-ES+A256KW", "A256CBC-HS512")
        assert (header["typ"], header["cty"]) == ("token-introspection+jwt", "JWT")
        assert (await verified(app.http, inner))[1]["token_introspection"]["active"] is True
    assert (await app.post("/introspect", {"token": body["access_token"]})).json()["active"] is True


async def test_a_key_without_a_name_is_called_by_none(world: World) -> None:
    key = opening_key("EC", kid=False)
    app = await enclosing_app(
        world, "nameless", jwks=public_jwks(key), id_token_encrypted_response_alg="ECDH-ES"
    )
    published = {name: value for name, value in key.as_dict(private=False).items() if name != "kid"}
    app = await enclosing_app(
        world,
        "named-by-nobody",
        jwks=json.dumps({"keys": [published]}),
        id_token_encrypted_response_alg="ECDH-ES",
    )
    body = await granted(app)
    assert "kid" not in opened(body["id_token"], key, *HOW)[0]


async def test_a_key_for_signatures_is_never_encrypted_to(world: World) -> None:
    both = public_jwks(app_key("ES256"), opening_key("EC"))
    app = await enclosing_app(world, "two-keys", jwks=both, id_token_encrypted_response_alg="ECDH-ES")
    body = await granted(app)
    assert opened(body["id_token"], opening_key("EC"), *HOW)[0]["kid"] == opening_key("EC").kid


async def test_ordinary_apps_are_told_plainly(world: World) -> None:
    await add_app(world.server, "plain", "s")
    body = await world.tokens()
    assert body["id_token"].count(".") == 2
