"""Certificates asked for at a host of its own (RFC 8705 section 5): what is announced there works there."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from foundation.errors import SettingsError
from foundation.settings import Settings, load_settings
from idp.discovery import OAUTH_PATH, OPENID_PATH
from idp.dpop.nonces import nonce_at
from idp.grants.actions import QUERY_SCOPE
from idp.mtls.layer import behind_proxies
from idp.polling.kinds import DEVICE
from tests.idp.dpop.holder import Holder
from tests.idp.mtls.certificates import HEADER, self_signed, trusting
from tests.idp.mtls.test_certificates import OWN, PROXY, jwk_of
from tests.idp.support import ISSUER, REDIRECT, VERIFIER, World, add_app, lean_app
from tests.idp.tokens import (
    app_key,
    asserting,
    assertion_claims,
    claims_of,
    public_jwks,
    refused,
    signed,
)
from tests.idp.visitor import GOOD

ORIGIN = "https://mtls.accord.example"
MADE = self_signed()
# Of the endpoints that discovery names: where browsers come, and apps that are none yet.
ELSEWHERE = {"authorization_endpoint", "end_session_endpoint", "registration_endpoint"}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One engine is enough: addresses do not depend on it."""
    return sqlite_url


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    behind = trusting(database_url, tmp_path, PROXY)
    return behind.model_copy(update={"client_certificate_origin": ORIGIN})


@pytest.fixture
async def there(world: World) -> AsyncIterator[World]:
    """An app that has a certificate, at the host that asks for it."""
    fields: dict[str, Any] = {
        "auth_method": "self_signed_tls_client_auth",
        "jwks": jwk_of(MADE),
        "grant_types": ("authorization_code", "refresh_token", "client_credentials", DEVICE.grant_type),
        "tls_client_certificate_bound_access_tokens": True,
    }
    app = world.of(await add_app(world.server, "own", None, **fields), "")
    layered = behind_proxies(lean_app(world.server), world.server.settings)
    transport = httpx.ASGITransport(app=layered, client=(PROXY, 1))
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN, headers={HEADER: MADE.header}) as http:
        yield app.at(world.server, http)


async def documents(world: World) -> tuple[dict[str, Any], dict[str, Any]]:
    openid, oauth = [(await world.http.get(path)).json() for path in (OPENID_PATH, OAUTH_PATH)]
    return openid, oauth


async def test_each_endpoint_that_takes_a_certificate_has_an_alias(there: World) -> None:
    for document in await documents(there):
        endpoints = {name: place for name, place in document.items() if name.endswith("_endpoint")}
        assert document["issuer"] == ISSUER
        assert document["mtls_endpoint_aliases"] == {
            name: place.replace(ISSUER, ORIGIN) for name, place in endpoints.items() if name not in ELSEWHERE
        }
        assert endpoints.keys() > ELSEWHERE - {"end_session_endpoint"}


async def test_each_alias_takes_it(there: World) -> None:
    """As nobody, the same calls are refused: it is the certificate that counts."""
    openid, _ = await documents(there)
    aliases = openid["mtls_endpoint_aliases"]
    await there.grant(there.client)
    code = {"grant_type": "authorization_code", "code": await there.code(there.client)}
    place = aliases.pop("token_endpoint")
    redeemed = await there.post(place, code | {"redirect_uri": REDIRECT, "code_verifier": VERIFIER})
    token = redeemed.json()["access_token"]
    assert set(claims_of(token)["cnf"]) == {"x5t#S256"}
    assert (await there.read("/v1/me", token)).status_code == 200  # the data API is at that host too
    assert (await there.read(aliases.pop("userinfo_endpoint"), token)).status_code == 200
    own = (await there.post(place, OWN | {"scope": QUERY_SCOPE})).json()["access_token"]
    held = await there.read(f"{aliases.pop('grant_management_endpoint')}/{'0' * 32}", own)
    refused(held, "unknown_grant", 404)
    forms = {
        "introspection_endpoint": {"token": token},
        "pushed_authorization_request_endpoint": GOOD | {"client_id": "own"},
        "device_authorization_endpoint": {"scope": "openid"},
        "backchannel_authentication_endpoint": {"scope": "openid", "login_hint": "amina@example.org"},
        "revocation_endpoint": {"token": token},
    }
    assert forms.keys() == aliases.keys()
    for name, form in forms.items():
        answer = await there.post(aliases[name], form)
        assert answer.status_code in {200, 201} or answer.json()["error"] == "unauthorized_client", name
        unproved = await there.http.post(
            aliases[name], data={"client_id": "own"} | form, headers={HEADER: ""}
        )
        refused(unproved, "invalid_client", 401)


async def test_a_proof_and_an_assertion_name_the_address_that_was_called(there: World) -> None:
    key = app_key()
    fields = {"auth_method": "private_key_jwt", "jwks": public_jwks(key), "dpop_bound_access_tokens": True}
    app = await add_app(there.server, "keyed", None, **fields)
    holder = Holder(there.of(app, ""))
    for place, status in ((ORIGIN, 200), ("https://evil.example", 400), (ISSUER, 400)):
        for audience in (ISSUER, ISSUER + "/token", ORIGIN + "/token"):
            claims = assertion_claims("keyed", audience, there.clock)
            form = OWN | asserting(signed(claims, key))
            shown = holder.proof("POST", "/token", htu=place + "/token", nonce=fresh(there))
            answer = await there.http.post("/token", data=form, headers={"DPoP": shown})
            assert answer.status_code == status, (place, audience, answer.text)


def fresh(world: World) -> str:
    return nonce_at(world.server.secrets.dpop, world.clock.now())


async def test_without_such_a_host_there_is_no_alias(there: World) -> None:
    settings = there.server.settings.model_copy(update={"client_certificate_origin": ""})
    server = replace(there.server, settings=settings)
    transport = httpx.ASGITransport(app=lean_app(server))
    async with httpx.AsyncClient(transport=transport, base_url=ISSUER) as http:
        for document in await documents(there.at(server, http)):
            assert "mtls_endpoint_aliases" not in document


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"client_certificate_header": ""}, "needs ACCORD_CLIENT_CERTIFICATE_HEADER"),
        ({"client_certificate_origin": "http://mtls.accord.example"}, "in clear"),
        ({"client_certificate_origin": "mtls.accord.example"}, "is an https:// URL"),
        ({"client_certificate_origin": ORIGIN + "/?a=b"}, "is an https:// URL"),
    ],
)
def test_an_origin_that_contradicts_the_rest_stops_the_start(fields: dict[str, str], says: str) -> None:
    sound = {
        "client_certificate_header": HEADER,
        "trusted_proxies": PROXY,
        "client_certificate_origin": ORIGIN,
    }
    assert load_settings(**sound).client_certificate_origin == ORIGIN
    with pytest.raises(SettingsError, match=says):
        load_settings(**sound | fields)
