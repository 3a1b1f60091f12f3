"""What an app may declare, and what is refused with a sentence that says why."""

import json
from typing import Any

import pytest
from joserfc.jwk import ECKey, OctKey, OKPKey
from pydantic import ValidationError

from idp.clients.metadata import ClientMetadata
from tests.idp.tokens import app_key, b64, public_jwks

WEB = "https://coach.example/callback"
GOOD: dict[str, Any] = {"name": "Cap Coaching", "redirect_uris": (WEB,)}


def problem(**fields: Any) -> str:
    with pytest.raises(ValidationError) as refused:
        ClientMetadata(**GOOD | fields)
    return str(refused.value)


def test_the_defaults_are_the_careful_ones() -> None:
    metadata = ClientMetadata(**GOOD)
    assert metadata.auth_method == "client_secret_basic"
    assert metadata.require_pkce
    assert metadata.subject_type == "pairwise"
    assert metadata.id_token_alg == "ES256"
    assert metadata.required_scopes == ("openid", "profile")
    assert metadata.optional_scopes == ()
    assert metadata.grant_types == ("authorization_code", "refresh_token")


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"name": ""}, "at least 1"),
        ({"name": "x" * 81}, "at most 80"),
        ({"redirect_uris": ()}, "needs a redirect URI"),
        ({"redirect_uris": (WEB,) * 21}, "at most 20"),
        ({"redirect_uris": ("javascript:alert(1)",)}, "scheme"),
        ({"optional_scopes": ("unheard-of",)}, "unknown scopes: unheard-of"),
        ({"optional_scopes": ("profile",)}, "required or optional"),
        ({"purpose_code": "profiling"}, "unknown purpose"),
        ({"auth_method": "client_secret_jwt"}, "auth_method"),
        ({"auth_method": "none", "grant_types": ("client_credentials",)}, "authenticates"),
        ({"auth_method": "none", "require_pkce": False}, "confidential"),
        ({"auth_method": "private_key_jwt"}, "public keys"),
        ({"jwks_uri": ""}, "https://"),
        ({"jwks_uri": "ftp://coach.example/keys"}, "https://"),
        ({"jwks_uri": "data:application/json,{}"}, "https://"),
        ({"jwks_uri": "https://user@coach.example/keys"}, "one host"),
        ({"jwks_uri": "https://coach.example/keys#1"}, "printable"),
        ({"jwks_uri": "https://0x7f000001/keys"}, "neither a name"),
        ({"jwks_uri": "https://coach.example/" + "k" * 2000}, "2000"),
        ({"jwks_uri": "https://coach.example/keys", "jwks": public_jwks(app_key())}, "not both"),
        ({"grant_types": ("password",)}, "grant_types"),
        ({"grant_types": ("implicit",)}, "grant_types"),
        ({"id_token_alg": "none"}, "id_token_alg"),
        ({"id_token_alg": "HS256"}, "id_token_alg"),
        ({"subject_type": "email"}, "subject_type"),
        ({"access_token_seconds": 59}, "60"),
        ({"access_token_seconds": 3601}, "3600"),
        ({"is_admin": True}, "is_admin"),
        ({"name": "Cap\u202egnihcaoC"}, "direction"),
        ({"name": "Cap\nCoaching"}, "direction"),
        ({"name": "Cap\u200bCoaching"}, "direction"),
        ({"legal_entity": "SAS\u2028"}, "direction"),
        ({"contact": "a\x00b"}, "direction"),
        ({"verified_on": "hier"}, "verified_on"),
        ({"verified_on": "2026-02-30"}, "verified_on"),
        ({"verified_on": "20260303"}, "YYYY-MM-DD"),
        ({"homepage": "javascript:alert(1)"}, "https://"),
        ({"homepage": "http://coach.example"}, "loopback"),
        ({"privacy_url": "data:text/html,x"}, "https://"),
        ({"privacy_url": "https://user@coach.example/"}, "user information"),
        ({"privacy_url": 'https://coach.example/" onclick="x'}, "printable"),
    ],
)
def test_what_is_refused(fields: dict[str, Any], says: str) -> None:
    assert says in problem(**fields)


def test_keys_are_public_signing_keys_of_algorithms_that_we_take() -> None:
    ed25519 = OKPKey.generate_key("Ed25519", {"kid": "ed"})
    metadata = ClientMetadata(
        **GOOD, auth_method="private_key_jwt", jwks=public_jwks(app_key(), app_key("RS256"), ed25519)
    )
    assert metadata.jwks is not None


def test_keys_may_be_behind_an_address_instead() -> None:
    metadata = ClientMetadata(**GOOD, auth_method="private_key_jwt", jwks_uri="https://coach.example/keys")
    assert (metadata.jwks, metadata.jwks_uri) == (None, "https://coach.example/keys")
    again = ClientMetadata.model_validate_json(metadata.model_dump_json())
    assert again == metadata


def keys(*given: Any) -> str:
    return json.dumps({"keys": list(given)})


REFUSED_KEYS = (
    ("", "public keys"),
    ("not json", "JWK Set"),
    ("[]", "JWK Set"),
    ("{}", "JWK Set"),
    (keys(), "JWK Set"),
    (keys("x"), "JWK Set"),
    (keys({"kty": "EC"}), "JWK Set"),
    (keys({"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}), "JWK Set"),
    (keys({"kty": "unheard-of"}), "JWK Set"),
    (keys(app_key().as_dict(private=True)), "private"),
    (keys(app_key("RS256").as_dict(private=True)), "private"),
    (keys({**app_key("RS256").as_dict(private=False), "p": "AA"}), "private"),
    (keys(app_key().as_dict(private=False), {"kty": "unheard-of"}), "JWK Set"),
    (keys({"kty": "RSA", "n": b64(b"\xc1" * 1200), "e": "AQAB"}), "8192"),
    (keys({"kty": "RSA", "n": b64(b"\xc1" * 256), "e": b64(b"\x01" * 9)}), "64 bits"),
    (keys(OctKey.generate_key(256).as_dict(private=True)), "symmetric"),
    (keys({"kty": "RSA", "n": b64(b"\xc1" * 128), "e": "AQAB"}), "2048"),
    (keys(ECKey.generate_key("secp256k1").as_dict(private=False)), "curve"),
    (keys(*[app_key().as_dict(private=False)] * 21), "at most 20"),
    ("x" * 70_000, "too long"),
)


@pytest.mark.parametrize("number", range(len(REFUSED_KEYS)))  # by number: keys are new in each process
def test_keys_that_are_refused(number: int) -> None:
    jwks, says = REFUSED_KEYS[number]
    assert says in problem(auth_method="private_key_jwt", jwks=jwks)


@pytest.mark.parametrize(
    ("uris", "method", "unverifiable"),
    [
        ((WEB,), "none", False),
        ((WEB,), "client_secret_basic", False),
        (("http://127.0.0.1/cb",), "client_secret_basic", False),
        (("http://127.0.0.1/cb",), "none", True),
        (("com.example.app:/cb",), "none", True),
        ((WEB, "com.example.app:/cb"), "none", True),
    ],
)
def test_who_could_be_posed_as(uris: tuple[str, ...], method: str, unverifiable: bool) -> None:
    metadata = ClientMetadata(name="x", redirect_uris=uris, auth_method=method)  # type: ignore[arg-type]  # a literal
    assert metadata.unverifiable is unverifiable
