"""docs/clients.md: each program on it, as it stands there, against a running server."""

import json
import secrets
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import Key

from idp.clients.metadata import ClientMetadata
from idp.commands.clients import register_client
from idp.running.opening import open_server
from tests.actors.house import House
from tests.clients.quickstarts import REDIRECT, run_js, run_python
from tests.idp.encryption.apps import opening_key
from tests.idp.tokens import app_key, public_jwks

pytestmark = pytest.mark.network
SECRET = "quickstart-secret"
KEYS: tuple[Key, ...] = (app_key(), opening_key("EC"))


async def registered(house: House, **members: Any) -> dict[str, str]:
    """An app of its own, and what its program finds in the environment."""
    client_id = f"quick-{secrets.token_hex(4)}"
    given = {"name": "Quick", "redirect_uris": (REDIRECT,), "optional_scopes": ("skills", "offline_access")}
    metadata = ClientMetadata(**given | members)
    secret = SECRET if metadata.auth_method.startswith("client_secret") else None
    async with open_server(house.settings) as server:
        await register_client(server, client_id, metadata, secret)
    return {
        "ISSUER": house.issuer,
        "CLIENT_ID": client_id,
        "CLIENT_SECRET": SECRET,
        "CLIENT_KEYS": json.dumps({"keys": [key.as_dict(private=True) for key in KEYS]}),
        "REDIRECT_URI": REDIRECT,
    }


async def test_oauth4webapi(house: House, tmp_path: Path) -> None:
    sealed = "ECDH-ES+A256KW"
    app = await registered(
        house,
        auth_method="private_key_jwt",
        jwks=public_jwks(*KEYS),
        dpop_bound_access_tokens=True,
        id_token_encrypted_response_alg=sealed,
        userinfo_signed_response_alg="ES256",
        userinfo_encrypted_response_alg=sealed,
        introspection_signed_response_alg="ES256",
        introspection_encrypted_response_alg=sealed,
    )
    program = run_js("oauth4webapi", tmp_path, app, "oauth4webapi@3.8.8", "jose@6.2.17")
    her = await house.person()
    said = program.end(house, her)
    assert said["person"]["given_name"] == "Amina"
    assert said["person"]["aud"] == app["CLIENT_ID"]
    assert [skill["label"] for skill in said["skills"]] == her.labels("skills")
    assert said["type"] == "dpop"
    assert said["before"]["active"] is True
    assert said["after"] == {"active": False}


async def test_openid_client(house: House, tmp_path: Path) -> None:
    app = await registered(
        house,
        auth_method="private_key_jwt",
        jwks=public_jwks(*KEYS),
        dpop_bound_access_tokens=True,
        require_signed_request_object=True,
        response_modes=("jwt",),
        authorization_signed_response_alg="ES256",
    )
    program = run_js("openid-client", tmp_path, app, "openid-client@6.8.9")
    her = await house.person()
    said = program.end(house, her)
    assert said["person"]["given_name"] == "Amina"
    assert [skill["label"] for skill in said["skills"]] == her.labels("skills")
    assert said["type"] == "dpop"
    assert said["before"]["active"] is True
    assert said["after"] == {"active": False}


async def test_authlib(house: House, tmp_path: Path) -> None:
    app = await registered(house)
    her = await house.person()
    said = run_python("Authlib", tmp_path, app).end(house, her)
    assert said["person"]["given_name"] == "Amina"
    assert [skill["label"] for skill in said["skills"]] == her.labels("skills")
    assert said["before"]["active"] is True
    assert said["after"] == {"active": False}


async def test_requests_oauthlib(house: House, tmp_path: Path) -> None:
    app = await registered(house)
    app |= {"OAUTHLIB_INSECURE_TRANSPORT": "1", "OAUTHLIB_RELAX_TOKEN_SCOPE": "1"}
    her = await house.person()
    said = run_python("requests-oauthlib", tmp_path, app, "requests-oauthlib==2.0.0").end(house, her)
    assert said["person"]["given_name"] == "Amina"
    assert [skill["label"] for skill in said["skills"]] == her.labels("skills")


async def test_idpyoidc(house: House, tmp_path: Path) -> None:
    app = await registered(house)
    program = run_python("idpyoidc", tmp_path, app, "idpyoidc==5.0.0")
    said = program.end(house, await house.person())
    assert said["person"]["given_name"] == "Amina"
    assert said["nonce"]
