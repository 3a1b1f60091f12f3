"""What discovery says of signed and encrypted answers, both ways: it works, and nothing else is taken."""

from typing import Any

import pytest
from joserfc.jwe import JWERegistry
from joserfc.jws import JWSRegistry
from pydantic import ValidationError

from idp.clients.metadata import ClientMetadata
from idp.discovery import OAUTH_PATH, OPENID_PATH, RESOURCE_PATH, RESOURCE_TYP
from idp.encryption.choosing import CURVES
from tests.idp.encryption.apps import enclosing_app, granted, key_for, opened, opening_key, verified
from tests.idp.support import ISSUER, REDIRECT, World
from tests.idp.tokens import public_jwks, refused

MEDIA = "application/token-introspection+jwt"
KEYS = public_jwks(opening_key("EC"), opening_key("RSA"))
ANSWERS = {
    "id_token": OPENID_PATH,
    "userinfo": OPENID_PATH,
    "authorization": OAUTH_PATH,
    "introspection": OAUTH_PATH,
}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One engine is enough: nothing of this is stored."""
    return sqlite_url


def taken(**members: str) -> bool:
    try:
        ClientMetadata(name="Cap", redirect_uris=(REDIRECT,), jwks=KEYS, **members)
    except ValidationError:
        return False
    return True


async def test_an_app_may_register_what_is_announced_and_nothing_else(world: World) -> None:
    every: dict[str, Any] = JWERegistry.algorithms
    assert set(every["alg"]) > {"RSA1_5", "dir"}
    for answer, path in ANSWERS.items():
        found = (await world.http.get(path)).json()
        member = f"{answer}_encrypted_response_alg"
        algs = {alg for alg in every["alg"] if taken(**{member: alg})}
        assert algs == set(found[f"{answer}_encryption_alg_values_supported"])
        encs = {enc for enc in every["enc"] if taken(**{member: "ECDH-ES", member[:-3] + "enc": enc})}
        assert encs == set(found[f"{answer}_encryption_enc_values_supported"])
    found = (await world.http.get(OPENID_PATH)).json()
    for member, announced in {
        "id_token_alg": "id_token_signing_alg_values_supported",
        "userinfo_signed_response_alg": "userinfo_signing_alg_values_supported",
        "authorization_signed_response_alg": "authorization_signing_alg_values_supported",
        "introspection_signed_response_alg": "introspection_signing_alg_values_supported",
    }.items():
        algs = {alg for alg in (*JWSRegistry.algorithms, "none") if taken(**{member: alg})}
        assert algs == set(found[announced]), member
    # No request object is decrypted here, and none is said to be.
    assert not [name for name in found if name.startswith("request_object_encryption")]


async def test_every_algorithm_that_is_announced_signs(world: World) -> None:
    algs = (await world.http.get(OPENID_PATH)).json()["userinfo_signing_alg_values_supported"]
    for alg in algs:
        app = await enclosing_app(
            world,
            f"by-{alg}",
            id_token_alg=alg,
            userinfo_signed_response_alg=alg,
            introspection_signed_response_alg=alg,
        )
        body = await granted(app)
        told = (await app.read("/userinfo", body["access_token"])).text
        form, auth = {"token": body["access_token"]}, (app.client.id, "s")
        shown = await app.http.post("/introspect", data=form, auth=auth, headers={"accept": MEDIA})
        for text in (body["id_token"], told, shown.text):
            assert (await verified(app.http, text, alg))[0]["alg"] == alg


async def test_every_way_to_encrypt_that_is_announced_can_be_opened(world: World) -> None:
    found = (await world.http.get(OPENID_PATH)).json()
    for alg in found["introspection_encryption_alg_values_supported"]:
        for enc in found["introspection_encryption_enc_values_supported"]:
            members = {
                "introspection_encrypted_response_alg": alg,
                "introspection_encrypted_response_enc": enc,
            }
            app = await enclosing_app(world, f"{alg}-{enc}".replace("+", "-"), **members)
            auth = (app.client.id, "s")
            shown = await app.http.post(
                "/introspect", data={"token": "x"}, auth=auth, headers={"accept": MEDIA}
            )
            _, inner = opened(shown.text, key_for(alg), alg, enc)
            assert (await verified(app.http, inner, "RS256"))[1]["token_introspection"] == {"active": False}


@pytest.mark.parametrize("curve", CURVES)
async def test_an_answer_reaches_the_holder_of_a_key_on_each_curve(world: World, curve: str) -> None:
    key, how = opening_key("EC" if curve == "P-256" else curve), ("ECDH-ES+A256KW", "A256GCM")
    members = {f"introspection_encrypted_response_{name}": how[name == "enc"] for name in ("alg", "enc")}
    app = await enclosing_app(world, "curved", jwks=public_jwks(key), **members)
    auth, media = (app.client.id, "s"), {"accept": MEDIA}
    shown = await app.http.post("/introspect", data={"token": "x"}, auth=auth, headers=media)
    header, inner = opened(shown.text, key, *how)
    assert header["epk"]["crv"] == curve
    assert (await verified(app.http, inner, "RS256"))[1]["token_introspection"] == {"active": False}


async def test_the_resource_says_the_same_signed(world: World) -> None:
    """RFC 9728 section 2.2: the issuer's word for what the document says."""
    for path in (RESOURCE_PATH, RESOURCE_PATH + "/v1"):
        found = (await world.http.get(path)).json()
        header, claims = await verified(world.http, found.pop("signed_metadata"))
        assert header["typ"] == RESOURCE_TYP
        assert claims.pop("iss") == ISSUER
        assert claims.pop("iat")
        assert claims == found


async def test_every_member_of_the_resource_holds(world: World) -> None:
    """RFC 9728: what stands in it is so; what it might say and does not is not so."""
    found = (await world.http.get(RESOURCE_PATH + "/v1")).json()
    body = await world.tokens()
    token = body["access_token"]
    opens = (await world.read("/v1/me", token)).json()["data"]["scopes"]
    assert found["resource"] == ISSUER + "/v1"
    assert found["authorization_servers"] == [ISSUER]
    assert {scope for scope in opens if scope not in {"openid", "profile", "email", "offline_access"}} <= set(
        found["scopes_supported"]
    )
    assert found["bearer_methods_supported"] == ["header"]
    refused(await world.http.get("/v1/me", params={"access_token": token}), "missing_token", 401)
    # Of the API that this describes: userinfo is OpenID Connect's, and takes a form too.
    refused(await world.http.post("/v1/me/skills", data={"access_token": token}), "invalid_request", 415)
    assert found["dpop_bound_access_tokens_required"] is False
    assert found["tls_client_certificate_bound_access_tokens"] is False
    assert found["authorization_details_types_supported"] == ["career_data"]
    assert found.keys() == {
        "resource",
        "authorization_servers",
        "scopes_supported",
        "bearer_methods_supported",
        "dpop_signing_alg_values_supported",  # each tried in tests/idp/dpop
        "dpop_bound_access_tokens_required",
        "tls_client_certificate_bound_access_tokens",
        "authorization_details_types_supported",
        "resource_name",
        "signed_metadata",
    }
    # What the API answers is JSON, which nobody signs: no key and no algorithm is named for it.
    assert (await world.read("/v1/me", token)).headers["content-type"] == "application/json"


@pytest.mark.parametrize("path", ["/v1/me", "/v1/me/skills", "/v1/me/experiences"])
@pytest.mark.parametrize("authorization", ["", "Bearer x", "DPoP x", "Basic eDp4", "Bearer", "bearer a.b.c"])
async def test_every_401_says_where_to_learn_more(world: World, path: str, authorization: str) -> None:
    headers = {"authorization": authorization} if authorization else {}
    answer = await world.http.get(path, headers=headers)
    assert answer.status_code == 401
    pointed = f'resource_metadata="{ISSUER}{RESOURCE_PATH}/v1"'
    assert pointed in answer.headers["www-authenticate"]
