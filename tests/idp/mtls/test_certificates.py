"""A certificate proves an app when the operator's authority or the app's own registration says so."""

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import ECKey

from foundation.clock import DAY
from foundation.errors import SettingsError
from foundation.settings import Settings, load_settings
from idp.clients.metadata import ClientMetadata
from idp.mtls.certificate import _read
from idp.mtls.layer import behind_proxies
from idp.mtls.proving import certificate_methods, proves
from tests.idp.dpop.holder import Holder
from tests.idp.mtls.certificates import (
    HEADER,
    NAMES,
    START,
    SUBJECT,
    Made,
    authority,
    issued,
    self_signed,
    trusting,
)
from tests.idp.support import ISSUER, REDIRECT, World, add_app, lean_app
from tests.idp.tokens import claims_of, public_jwks, refused

PROXY = "10.1.2.3"
OWN = {"grant_type": "client_credentials"}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """What is stored for a certificate is what is stored for a key; tried on both there."""
    return sqlite_url


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return trusting(database_url, tmp_path, "10.1.0.0/16,fd00::/8")


@asynccontextmanager
async def connection(world: World, shown: str | None = None, peer: str = PROXY) -> AsyncIterator[World]:
    """The world as reached through a proxy that passes this header on."""
    app = behind_proxies(lean_app(world.server), world.server.settings)
    transport = httpx.ASGITransport(app=app, client=(peer, 1))
    headers = {} if shown is None else {HEADER: shown}
    async with httpx.AsyncClient(transport=transport, base_url=ISSUER, headers=headers) as http:
        yield world.at(world.server, http)


def jwk_of(made: Made, **more: Any) -> str:
    return public_jwks(ECKey.import_key(made.key, more))  # type: ignore[arg-type]  # cryptography's key


@pytest.fixture
async def pki(world: World) -> World:
    fields = {"auth_method": "tls_client_auth", "tls_client_auth_subject_dn": SUBJECT}
    app = await add_app(world.server, "pki", None, tls_client_certificate_bound_access_tokens=True, **fields)
    return world.of(app, "")


@pytest.fixture
async def own(world: World) -> World:
    fields = {"auth_method": "self_signed_tls_client_auth", "jwks": jwk_of(self_signed())}
    app = await add_app(world.server, "own", None, tls_client_certificate_bound_access_tokens=True, **fields)
    return world.of(app, "")


async def call(world: World, path: str = "/token", **fields: str) -> httpx.Response:
    return await world.http.post(path, data={"client_id": world.client.id} | (fields or OWN))


@pytest.mark.parametrize("form", ["header", "escaped"])
async def test_a_certificate_is_a_credential(pki: World, own: World, form: str) -> None:
    for world, made in ((pki, issued(authority())), (own, self_signed())):
        async with connection(world, getattr(made, form)) as there:
            answer = await call(there)
            assert answer.status_code == 200, answer.text
            body = answer.json()
            assert body["token_type"] == "Bearer"  # RFC 8705 changes nothing there
            assert set(claims_of(body["access_token"])["cnf"]) == {"x5t#S256"}
            for path in ("/introspect", "/revoke"):
                answer = await call(there, path, token=body["access_token"])
                assert answer.status_code == 200, answer.text


async def test_who_sends_the_header_himself_is_not_believed(pki: World) -> None:
    shown = issued(authority()).header
    for peer in ("127.0.0.1", "10.2.0.1", "203.0.113.9", "fe80::1", "testclient", ""):
        async with connection(pki, shown, peer) as there:
            refused(await call(there), "invalid_client", 401)
    async with connection(pki, shown, "fd00::1") as there:
        assert (await call(there)).status_code == 200
    # What a proxy says of the address does not make its caller a proxy.
    async with connection(pki, shown, "203.0.113.9") as there:
        there.http.headers["X-Forwarded-For"] = PROXY
        refused(await call(there), "invalid_client", 401)


async def test_off_by_default(pki: World) -> None:
    """Without the settings, the application is left as it is, and the header is one of many."""
    app = lean_app(pki.server)
    assert behind_proxies(app, Settings()) is app
    transport = httpx.ASGITransport(app=app, client=(PROXY, 1))
    headers = {HEADER: issued(authority()).header}
    async with httpx.AsyncClient(transport=transport, base_url=ISSUER, headers=headers) as http:
        refused(await call(pki.at(pki.server, http)), "invalid_client", 401)


async def test_two_headers_are_none(pki: World) -> None:
    async with connection(pki) as there:
        shown = issued(authority()).header
        headers = [(HEADER, shown), (HEADER, shown)]
        form = {"client_id": "pki"} | OWN
        answer = await there.http.post("/token", data=form, headers=headers)
        refused(answer, "invalid_client", 401)


def test_a_header_without_proxies_is_a_setting_that_contradicts_itself() -> None:
    with pytest.raises(SettingsError, match="TRUSTED_PROXIES"):
        load_settings(client_certificate_header=HEADER)
    with pytest.raises(SettingsError, match="CLIENT_CERTIFICATE_HEADER"):
        load_settings(client_certificate_header="a b", trusted_proxies=PROXY)


WRONG: dict[str, Made] = {
    "another subject": issued(authority(), "CN=Another"),
    "a part of the subject": issued(authority(), "CN=Cap Coaching"),
    "the subject in another order": issued(authority(), "C=FR,O=Cap,CN=Cap Coaching"),
    "another authority": issued(authority(2)),
    "an authority of the same name": issued(Made(authority().certificate, authority(2).key)),
    "expired": issued(authority(), days=-1, starts=timedelta(days=-2)),
    "not valid yet": issued(authority(), starts=timedelta(days=2)),
    "for servers": issued(authority(), usage=ExtendedKeyUsageOID.SERVER_AUTH),
    "self-signed": self_signed(),
    "the authority itself": authority(),
}


@pytest.mark.parametrize("made", WRONG.values(), ids=WRONG)
async def test_a_certificate_that_proves_somebody_else(pki: World, made: Made) -> None:
    async with connection(pki, made.header) as there:
        refused(await call(there), "invalid_client", 401)


@pytest.mark.parametrize("member", NAMES)
def test_each_name_of_rfc_8705_section_2_1_2(member: str, tmp_path: Path) -> None:
    registered, same, other = NAMES[member]
    trusted = tmp_path / "authorities.pem"
    trusted.write_bytes(authority().pem)
    metadata = metadata_of(auth_method="tls_client_auth", **{member: registered})
    now = int(START.timestamp() * 1_000_000)
    for names, expected in (([same], True), ([other, same], True), ([other], False), ([], False)):
        presented = _read(issued(authority(), names=names).header.encode())
        assert presented is not None
        assert proves(presented, metadata, trusted, now) is expected
        assert not proves(presented, metadata, None, now)


async def test_a_self_signed_certificate_is_the_registered_one(own: World) -> None:
    made, other = self_signed(), self_signed(2)
    for shown in (other, issued(authority())):
        async with connection(own, shown.header) as there:
            refused(await call(there), "invalid_client", 401)
    # Where the app registered the certificate itself, another one of the same key is not it.
    for chain, status in (([base64.b64encode(made.der).decode()], 200), (["AAAA"], 401), (["?"], 401)):
        fields = {"auth_method": "self_signed_tls_client_auth", "jwks": jwk_of(made, x5c=chain)}
        app = await add_app(own.server, f"chained-{chain[0][:4]}-{status}", None, **fields)
        async with connection(own.of(app, ""), made.header) as there:
            assert (await call(there)).status_code == status
    own.clock.advance(31 * DAY)
    async with connection(own, made.header) as there:
        refused(await call(there), "invalid_client", 401)


async def test_an_app_of_another_method_gains_nothing_by_a_certificate(world: World) -> None:
    async with connection(world, issued(authority()).header) as there:
        refused(await call(there), "invalid_client", 401)
        answer = await there.post("/token", OWN)  # its secret does
        assert "cnf" not in claims_of(answer.json()["access_token"])


async def test_a_bound_token_opens_nothing_without_its_certificate(own: World) -> None:
    await own.grant(own.client)
    async with connection(own, self_signed().header) as there:
        form = {"grant_type": "authorization_code", "code": await own.code(own.client)}
        body = (await call(there, **form, redirect_uri=REDIRECT, code_verifier="v" * 43)).json()
        token = body["access_token"]
        shown = (await call(there, "/introspect", token=token)).json()
        assert shown["cnf"] == claims_of(token)["cnf"]
        for path in ("/v1/me", "/v1/me/skills", "/userinfo"):
            assert (await there.read(path, token)).status_code == 200
        again = await call(there, grant_type="refresh_token", refresh_token=body["refresh_token"])
        assert claims_of(again.json()["access_token"])["cnf"] == shown["cnf"]
    mine, others = self_signed().header, self_signed(2).header
    for header, peer in ((others, PROXY), (None, PROXY), (mine, "203.0.113.9")):
        async with connection(own, header, peer) as elsewhere:
            answer = await elsewhere.read("/v1/me/skills", token)
            refused(answer, "invalid_token", 401)
            challenge = answer.headers["www-authenticate"]
            assert challenge.startswith("Bearer resource_metadata=")
            assert challenge.endswith(', error="invalid_token"')
            refused(await call(elsewhere), "invalid_client", 401)


async def test_a_token_may_be_bound_to_a_key_and_to_a_certificate(world: World) -> None:
    app = await add_app(world.server, "both", "both-secret", tls_client_certificate_bound_access_tokens=True)
    async with connection(world.of(app, "both-secret"), self_signed().header) as there:
        holder = await Holder(there).learn()
        token = (await holder.tokens())["access_token"]
        assert set(claims_of(token)["cnf"]) == {"jkt", "x5t#S256"}
        assert (await holder.read("/v1/me", token)).status_code == 200
        refused(await there.read("/v1/me", token), "invalid_token", 401)
    holder = Holder(world.of(app, "both-secret"), nonce=holder.nonce)
    refused(await holder.read("/v1/me", token), "invalid_token", 401)
    refused(await holder.post("/token", OWN), "invalid_request")


async def test_what_is_announced_is_what_is_configured(own: World) -> None:
    found = (await own.http.get("/.well-known/openid-configuration")).json()
    for name in ("token", "revocation", "introspection"):
        methods = found[f"{name}_endpoint_auth_methods_supported"]
        assert {"tls_client_auth", "self_signed_tls_client_auth"} <= set(methods)
    assert found["tls_client_certificate_bound_access_tokens"] is True
    resource = (await own.http.get("/.well-known/oauth-protected-resource")).json()
    assert resource["tls_client_certificate_bound_access_tokens"] is True


def test_a_method_that_cannot_be_judged_is_not_announced(settings: Settings) -> None:
    own = settings.model_copy(update={"client_certificate_authorities": None})
    off = settings.model_copy(update={"client_certificate_header": ""})
    assert certificate_methods(own) == ["self_signed_tls_client_auth"]
    assert certificate_methods(off) == []


# --- registration, and hostile headers -------------------------------------------------------------------


def metadata_of(**fields: Any) -> ClientMetadata:
    return ClientMetadata(**{"name": "An app", "redirect_uris": (REDIRECT,)} | fields)


@pytest.mark.parametrize(
    "fields",
    [
        {"auth_method": "tls_client_auth"},
        {"auth_method": "tls_client_auth", "tls_client_auth_subject_dn": "not a name"},
        {"auth_method": "tls_client_auth", "tls_client_auth_san_ip": "not an address"},
        {
            "auth_method": "tls_client_auth",
            "tls_client_auth_subject_dn": SUBJECT,
            "tls_client_auth_san_dns": "a.example",
        },
        {"auth_method": "self_signed_tls_client_auth"},
        {"auth_method": "none", "tls_client_certificate_bound_access_tokens": True},
        {"tls_client_auth_san_dns": "a.example"},
    ],
    ids=str,
)
def test_registrations_that_prove_nobody(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"tls_client|certificate|name|address"):
        metadata_of(**fields)


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_header_is_a_certificate_or_none(raw: bytes) -> None:
    for shape in (raw, b":" + raw + b":", b"-----BEGIN CERTIFICATE-----%0A" + raw):
        assert _read(shape) is None


def test_what_is_not_one_certificate_is_none() -> None:
    made = self_signed()
    for text in (
        made.header[:-1],
        made.header[1:],
        made.header.replace(":", "::"),
        (made.escaped + made.escaped),
        made.escaped.replace("CERTIFICATE", "X"),
        ":" + "A" * 20_000 + ":",
        "",
        "::",
        "%ff",
        "(null)",
    ):
        assert _read(text.encode()) is None, text[:60]
    assert _read(made.header.encode()) is not None
