"""`accord client requests`: how an app asks and is answered, said by the operator and kept in the ledger."""

import asyncio
import json
from typing import Any

import pytest

from foundation.settings import load_settings
from idp.clients.members.encrypting import Encrypting
from idp.clients.metadata import ClientMetadata
from idp.clients.registry import find_client
from idp.commands import client_requests
from idp.commands.client_requests import MEMBERS
from idp.running.opening import open_server
from tests.idp.encryption.apps import opening_key
from tests.idp.test_client_commands import REGISTER, _installed, refused, run
from tests.idp.tokens import app_key, public_jwks

__all__ = ["_installed"]


def kept(client_id: str) -> dict[str, Any]:
    async def read() -> ClientMetadata:
        async with open_server(load_settings()) as server, server.db.reading() as tx:
            client = await find_client(tx, client_id)
        assert client is not None
        return client.metadata

    found: dict[str, Any] = asyncio.run(read()).model_dump(mode="json", include=set(MEMBERS))
    return found


@pytest.fixture
def reachable(monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands at an address is tried in tests/idp/registration; here it is good."""

    async def good(_outbound: object, _metadata: object) -> None:
        return

    monkeypatch.setattr(client_requests, "check_reachable", good)


@pytest.mark.usefixtures("reachable")
def test_what_is_said_holds_and_goes_back(tmp_path: Any) -> None:
    keys = tmp_path / "keys.json"
    keys.write_text(public_jwks(app_key(), opening_key("EC")))
    app = run(*REGISTER, "--auth-method", "private_key_jwt", "--jwks", str(keys))["client_id"]
    usual = kept(app)
    wishes: dict[str, tuple[str, Any]] = {
        "require_pushed_authorization_requests": ("true", True),
        "request_object_signing_alg": ("PS256", "PS256"),
        "require_signed_request_object": ("true", True),
        "request_uris": (
            "https://cap.example/a,https://cap.example/b",
            ["https://cap.example/a", "https://cap.example/b"],
        ),
        "response_modes": ("jwt", ["jwt"]),
        "authorization_signed_response_alg": ("RS256", "RS256"),
        "default_max_age": ("3600", 3600),
        "post_logout_redirect_uris": ("https://cap.example/bye", ["https://cap.example/bye"]),
        "default_acr_values": ("urn:accord:acr:password", ["urn:accord:acr:password"]),
    }
    wishes |= {
        "backchannel_token_delivery_mode": ("ping", "ping"),
        "backchannel_client_notification_endpoint": ("https://cap.example/p", "https://cap.example/p"),
        "backchannel_authentication_request_signing_alg": ("ES256", "ES256"),
    }
    wishes |= {
        "backchannel_logout_uri": ("https://cap.example/out", "https://cap.example/out"),
        "backchannel_logout_session_required": ("true", True),
        "frontchannel_logout_uri": ("https://cap.example/gone", "https://cap.example/gone"),
        "frontchannel_logout_session_required": ("true", True),
    }
    wishes |= {
        "access_token_format": ("opaque", "opaque"),
        "access_token_seconds": ("120", 120),
        "id_token_seconds": ("60", 60),
        "refresh_token_seconds": ("86400", 86400),
        "refresh_token_idle_seconds": ("3600", 3600),
        "may_act": ("adviser,other", ["adviser", "other"]),
        "subject_type": ("public", "public"),
        "sector_identifier_uri": ("https://cap.example/sector", "https://cap.example/sector"),
    }
    for name in Encrypting.model_fields:
        alg, enc = name.endswith("encrypted_response_alg"), name.endswith("_enc")
        value = "ECDH-ES" if alg else "A256GCM" if enc else "ES256"
        wishes[name] = (value, value)
    assert wishes.keys() == set(MEMBERS)
    options = [word for name, (value, _) in wishes.items() for word in ("--set", f"{name}={value}")]
    said = run("client", "requests", app, *options)
    assert {name: said[name] for name in MEMBERS} == {name: value for name, (_, value) in wishes.items()}
    assert kept(app) == {name: value for name, (_, value) in wishes.items()}
    run("client", "requests", app, *[word for name in MEMBERS for word in ("--set", f"{name}=")])
    assert kept(app) == usual
    assert json.dumps(usual)


@pytest.mark.parametrize(
    ("setting", "why"),
    [
        ("nonsense=1", "NAME is one of"),
        ("require_pushed_authorization_requests", "NAME=VALUE"),
        ("request_object_signing_alg=none", "Input should be"),
        ("request_object_signing_alg=HS256", "Input should be"),
        ("response_modes=fragment", "Input should be"),
        ("request_uris=https://10.0.0.1/r", "public keys"),
        ("default_max_age=-1", "greater than"),
        ("id_token_encrypted_response_alg=RSA1_5", "Input should be"),
        ("id_token_encrypted_response_alg=dir", "Input should be"),
        ("id_token_encrypted_response_alg=ECDH-ES", "public keys"),
        ("userinfo_encrypted_response_enc=A128GCM", "beside its alg"),
        ("introspection_signed_response_alg=none", "Input should be"),
        ("post_logout_redirect_uris=https://cap.example/bye,javascript:x", "scheme"),
        ("post_logout_redirect_uris=http://cap.example/bye", "loopback"),
        ("access_token_format=jwe", "Input should be"),
        ("access_token_seconds=10", "greater than"),
        ("refresh_token_seconds=1", "greater than"),
        ("subject_type=shared", "Input should be"),
        ("sector_identifier_uri=http://cap.example/sector", "https"),
        ("sector_identifier_uri=https://10.0.0.1/sector", "public"),
        ("backchannel_token_delivery_mode=push", "Input should be"),
        ("backchannel_token_delivery_mode=ping", "goes with ping"),
        ("backchannel_client_notification_endpoint=https://cap.example/p", "goes with ping"),
        ("backchannel_authentication_request_signing_alg=ES256", "public keys"),
    ],
)
def test_what_cannot_be_is_refused(setting: str, why: str) -> None:
    app = run(*REGISTER)["client_id"]
    before = kept(app)
    assert why in refused("client", "requests", app, "--set", setting)
    assert kept(app) == before


def test_an_app_that_is_not_there() -> None:
    assert "not a registered app" in refused("client", "requests", "nobody", "--set", "default_max_age=1")
