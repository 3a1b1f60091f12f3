"""What discovery says of requests and answers, tried both ways: all of it works, and nothing else does."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from joserfc import jws
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey
from pydantic import ValidationError

from foundation.clock import to_seconds
from idp.authorize.pushed.routes import PUSHED_PATH
from idp.clients.metadata import ClientMetadata
from idp.discovery import OPENID_PATH
from tests.idp.support import ISSUER, REDIRECT, World, add_app
from tests.idp.tokens import app_key, header_of, public_jwks
from tests.idp.visitor import GOOD, Visitor, sent_back

PARAMETERS: dict[str, Any] = {"use": "sig"}
KEYS: dict[str, Key] = {
    "ES256": app_key("ES256"),
    "RS256": app_key("RS256"),
    "PS256": app_key("PS256"),
    "EdDSA": OKPKey.generate_key("Ed25519", PARAMETERS | {"kid": "ed"}),
    "Ed25519": OKPKey.generate_key("Ed25519", PARAMETERS | {"kid": "ed2"}),
}
NOT_TAKEN: dict[str, Key] = {
    "ES384": ECKey.generate_key("P-384", PARAMETERS | {"kid": "p384"}),
    "PS512": RSAKey.generate_key(2048, PARAMETERS | {"kid": "rsa"}),
}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One engine is enough: documents do not depend on it."""
    return sqlite_url


async def announced(house: World) -> dict[str, Any]:
    body: dict[str, Any] = (await house.http.get(OPENID_PATH)).json()
    return body


def object_of(house: World, alg: str, key: Key) -> str:
    now = to_seconds(house.clock.now())
    claims = {**GOOD, "client_id": "signer", "iss": "signer", "aud": ISSUER, "exp": now + 60}
    header = {"alg": alg, "kid": key.kid}
    return jws.serialize_compact(header, json.dumps(claims).encode(), key, algorithms=[alg])


@pytest.mark.filterwarnings(
    "ignore:EdDSA is deprecated"
)  # as a name (RFC 9864), and still what many apps say
async def test_each_algorithm_of_request_objects(house: World, visitor: Visitor) -> None:
    taken = (await announced(house))["request_object_signing_alg_values_supported"]
    assert set(taken) == set(KEYS)
    await add_app(
        house.server, "signer", "signer-secret", jwks=public_jwks(*KEYS.values(), NOT_TAKEN["PS512"])
    )
    for alg, key in (KEYS | NOT_TAKEN).items():
        query = urlencode(
            {"client_id": "signer", "redirect_uri": REDIRECT, "request": object_of(house, alg, key)}
        )
        answer = await visitor.follow(await visitor.get(f"/authorize?{query}"))
        if alg in taken:
            assert answer.url.path == "/login", alg
        else:
            assert sent_back(answer)["error"] == "invalid_request_object", alg


async def test_each_mode_of_answers(house: World, visitor: Visitor) -> None:
    modes = (await announced(house))["response_modes_supported"]
    await visitor.consented()
    for mode in modes:
        answer = await visitor.ask(response_mode=mode)
        assert (answer.status_code == 200) == mode.startswith("form_post"), mode
        text = answer.text if answer.status_code == 200 else answer.headers["location"]
        assert ("response" in text.replace("response_", "")) == ("jwt" in mode), mode
    for mode in ("fragment", "fragment.jwt", "web_message", "dc_api.jwt"):
        assert mode not in modes
        assert sent_back(await visitor.ask(response_mode=mode))["error"] == "invalid_request"


async def test_each_algorithm_of_signed_answers(house: World, visitor: Visitor) -> None:
    given = (await announced(house))["authorization_signing_alg_values_supported"]
    for alg in given:
        await add_app(house.server, alg, f"{alg}-secret", authorization_signed_response_alg=alg)
        answer = await visitor.ask(client_id=alg, response_mode="jwt", prompt="none")
        assert header_of(answer.headers["location"].partition("response=")[2])["alg"] == alg
    for alg in {"none", "HS256", "ES256", "RS256", "PS256", "EdDSA"} - set(given):
        with pytest.raises(ValidationError):
            ClientMetadata(name="x", redirect_uris=(REDIRECT,), authorization_signed_response_alg=alg)


async def test_each_level_and_each_prompt(house: World, visitor: Visitor) -> None:
    found = await announced(house)
    await visitor.consented()
    for level in found["acr_values_supported"]:
        claims = json.dumps({"id_token": {"acr": {"essential": True, "value": level}}})
        assert "code" in sent_back(await visitor.ask(claims=claims))
    for prompt in (*found["prompt_values_supported"], "create", "magic"):
        answer = await visitor.ask(prompt=prompt)
        told = sent_back(answer).get("error") if answer.status_code == 303 else None
        assert (told == "invalid_request") == (prompt not in found["prompt_values_supported"])


async def test_pushing_is_where_it_is_announced_and_a_choice_of_the_app(house: World) -> None:
    found = await announced(house)
    assert found["pushed_authorization_request_endpoint"] == ISSUER + PUSHED_PATH
    assert found["require_pushed_authorization_requests"] is False
    assert found["require_signed_request_object"] is False
    for method in found["token_endpoint_auth_methods_supported"]:
        if method == "private_key_jwt":
            continue  # see test_pushed.py
        secret = None if method == "none" else "s" * 20
        app = await add_app(
            house.server, method, secret, auth_method=method, grant_types=("authorization_code",)
        )
        answer = await house.of(app, secret or "").post(PUSHED_PATH, {**GOOD, "client_id": method})
        assert answer.status_code == 201, (method, answer.text)
