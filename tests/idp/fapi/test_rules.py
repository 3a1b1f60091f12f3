"""Each line of the FAPI 2.0 Security Profile (final) about servers: a test that names its section."""

from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from pydantic import ValidationError

from foundation.clock import DAY, SECOND
from foundation.settings import Settings
from idp.authorize.pushed.routes import PUSHED_PATH
from idp.clients.metadata import ClientMetadata
from idp.discovery import OPENID_PATH
from idp.fapi.rules import ALGORITHMS, completed
from tests.idp.dpop.holder import Holder, key
from tests.idp.support import CHALLENGE, ISSUER, REDIRECT, World, add_app
from tests.idp.tokens import (
    app_key,
    asserting,
    assertion_claims,
    claims_of,
    public_jwks,
    refused,
    signed,
)
from tests.idp.visitor import GOOD, Visitor, sent_back

OWN = {"grant_type": "client_credentials"}
PUSH = {**GOOD, "client_id": "fapi"}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Rules do not depend on the engine; what they write is tried on both (test_kept_refresh_tokens.py)."""
    return sqlite_url


def registration(**changed: Any) -> dict[str, Any]:
    """What such an app registers, with changes."""
    fields = {
        "name": "Cap Coaching",
        "redirect_uris": (REDIRECT,),
        "auth_method": "private_key_jwt",
        "jwks": public_jwks(app_key("ES256"), app_key("PS256"), app_key("RS256")),
        "optional_scopes": ("email", "skills", "experiences", "trainings", "offline_access"),
        "grant_types": ("authorization_code", "refresh_token", "client_credentials"),
    }
    return completed(fields) | changed


async def fapi_app(world: World, client_id: str = "fapi") -> World:
    app = await add_app(world.server, client_id, None, **registration())
    return world.of(app, "")


class Fapi(Holder):
    """A FAPI app: an assertion and a proof with each call."""

    def assertion(self, alg: str = "ES256", **changed: Any) -> dict[str, str]:
        claims = assertion_claims(self.world.client.id, ISSUER, self.world.clock, **changed)
        return asserting(signed(claims, app_key(alg)))

    async def post(self, path: str, form: dict[str, str], shown: str | None = None) -> httpx.Response:
        own = {} if "client_assertion" in form else self.assertion()
        return await super().post(path, own | form, shown)

    async def bare(self, path: str, form: dict[str, str]) -> httpx.Response:
        """The same without a proof."""
        return await self.world.http.post(path, data=self.assertion() | form)


@pytest.fixture
async def fapi(world: World) -> Fapi:
    return await Fapi(await fapi_app(world)).learn()


def refuses(**changed: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        ClientMetadata(**registration(**changed))
    return str(caught.value)


# --- 5.3.2.1 General requirements ------------------------------------------------------------------------


async def test_5_3_2_1_discovery_metadata_is_served(world: World) -> None:
    found = (await world.http.get(OPENID_PATH)).json()
    assert found["issuer"] == ISSUER
    assert found["pushed_authorization_request_endpoint"] == ISSUER + PUSHED_PATH
    assert set(found["dpop_signing_alg_values_supported"]) >= set(ALGORITHMS)
    assert "private_key_jwt" in found["token_endpoint_auth_methods_supported"]


async def test_5_3_2_1_no_password_grant(fapi: Fapi) -> None:
    refused(await fapi.post("/token", {"grant_type": "password"}), "unsupported_grant_type")


@pytest.mark.parametrize("method", ["none", "client_secret_basic", "client_secret_post"])
def test_5_3_2_1_apps_authenticate_by_a_key_or_a_certificate(method: str) -> None:
    assert "5.3.2.1" in refuses(auth_method=method, grant_types=("authorization_code",))
    ClientMetadata(**registration())
    by_certificate = {"auth_method": "tls_client_auth", "tls_client_auth_subject_dn": "CN=a"}
    ClientMetadata(**completed(registration(**by_certificate)))


def test_5_3_2_1_only_bound_tokens_are_registered_for() -> None:
    assert "5.3.2.1" in refuses(dpop_bound_access_tokens=False)
    ClientMetadata(
        **registration(dpop_bound_access_tokens=False, tls_client_certificate_bound_access_tokens=True)
    )


async def test_5_3_2_1_only_bound_tokens_are_given(fapi: Fapi) -> None:
    refused(await fapi.bare("/token", OWN), "invalid_dpop_proof")
    await fapi.world.grant(fapi.world.client)
    form = {
        "grant_type": "authorization_code",
        "code": await fapi.world.code(fapi.world.client),
        "redirect_uri": REDIRECT,
        "code_verifier": "v" * 43,
    }
    refused(await fapi.bare("/token", form), "invalid_dpop_proof")
    body = (await fapi.post("/token", form)).json()
    assert body["token_type"] == "DPoP"
    assert claims_of(body["access_token"])["cnf"] == {"jkt": fapi.jkt}
    refresh = {"grant_type": "refresh_token", "refresh_token": body["refresh_token"]}
    refused(await fapi.bare("/token", refresh), "invalid_dpop_proof")
    refused(await fapi.world.read("/v1/me", body["access_token"]), "invalid_token", 401)
    assert (await fapi.read("/v1/me", body["access_token"])).status_code == 200


@pytest.mark.parametrize("path", ["/token", "/introspect", "/revoke", PUSHED_PATH])
async def test_5_3_2_1_an_assertion_names_the_issuer_as_one_string(fapi: Fapi, path: str) -> None:
    form = {"/token": OWN, PUSHED_PATH: PUSH}.get(path, {"token": "x"})
    for audience in (ISSUER + "/token", ISSUER + path, [ISSUER], [ISSUER, "https://b.example"], ISSUER + "/"):
        answer = await fapi.post(path, fapi.assertion(aud=audience) | form)
        refused(answer, "invalid_client", 401)
    answer = await fapi.post(path, fapi.assertion(aud=ISSUER) | form)
    assert answer.status_code in {200, 201}, answer.text


async def test_5_3_2_1_other_apps_may_name_the_token_endpoint(world: World) -> None:
    fields = {"auth_method": "private_key_jwt", "jwks": public_jwks(app_key())}
    other = world.of(await add_app(world.server, "keyed", None, **fields), "")
    claims = assertion_claims("keyed", ISSUER + "/token", world.clock)
    answer = await other.post("/token", asserting(signed(claims, app_key()), **OWN))
    assert answer.status_code == 200


async def test_5_3_2_1_refresh_tokens_do_not_rotate_and_are_bound_to_the_app(fapi: Fapi) -> None:
    body = await fapi.tokens()
    first, given = body["refresh_token"], {body["access_token"]}
    for number in (1, 2, 3):
        # Another key each time: the refresh token is the app's, not the key's.
        with_another = Fapi(fapi.world, key("ES256", number), nonce=fapi.nonce)
        answer = (await with_another.refresh(first)).json()
        assert answer["refresh_token"] == first
        assert claims_of(answer["access_token"])["cnf"] == {"jkt": with_another.jkt}
        given.add(answer["access_token"])
    assert len(given) == 4
    assert [event["facts"]["generation"] for event in await fapi.world.events("token.refreshed")] == [1] * 3
    fapi.world.clock.advance(DAY)
    refused(await fapi.refresh(first), "use_dpop_nonce")
    assert (await fapi.refresh(first)).status_code == 200
    # It is one app's: another one of the profile gets nothing for it.
    other = Fapi(await fapi_app(fapi.world, "other"), nonce=fapi.nonce)
    refused(await other.refresh(first), "invalid_grant")
    await fapi.post("/revoke", {"token": first})
    refused(await fapi.refresh(first), "invalid_grant")


async def test_5_3_2_1_a_code_lives_a_minute_at_most(fapi: Fapi) -> None:
    with pytest.raises(ValidationError):
        Settings(code_seconds=61)
    await fapi.world.grant(fapi.world.client)
    code = await fapi.world.code(fapi.world.client)
    fapi.world.clock.advance(60 * SECOND)
    refused(await fapi.redeem(code), "invalid_grant")


async def test_5_3_2_1_a_code_may_be_bound_to_a_key(fapi: Fapi) -> None:
    """dpop_jkt, and a proof at PAR: tried in tests/idp/dpop."""
    push = PUSH | {"dpop_jkt": key("ES256", 2).thumbprint()}
    refused(await fapi.post(PUSHED_PATH, push), "invalid_dpop_proof")


@pytest.mark.parametrize("claim", ["iat", "nbf"])
async def test_5_3_2_1_clocks_differ_by_ten_seconds_and_not_by_sixty(fapi: Fapi, claim: str) -> None:
    now = fapi.world.clock.now() // SECOND
    for ahead, status in ((0, 200), (10, 200), (61, 401)):
        answer = await fapi.post("/token", fapi.assertion(**{claim: now + ahead}) | OWN)
        assert answer.status_code == status, (ahead, answer.text)
    for ahead, status in ((10, 200), (61, 400)):
        answer = await fapi.post("/token", OWN, fapi.proof("POST", "/token", **{claim: now + ahead}))
        assert answer.status_code == status, (ahead, answer.text)


# --- 5.3.2.2 Authorization code flow ---------------------------------------------------------------------


def test_5_3_2_2_requests_are_pushed() -> None:
    assert "5.3.2.2" in refuses(require_pushed_authorization_requests=False)


async def test_5_3_2_2_a_request_that_was_not_pushed_is_refused(house: World, visitor: Visitor) -> None:
    await fapi_app(house)
    answer = await visitor.follow(await visitor.get("/authorize?" + urlencode(PUSH)))
    assert sent_back(answer)["error"] == "invalid_request"


async def test_5_3_2_2_pushing_takes_authentication(fapi: Fapi) -> None:
    for form in ({"client_id": "fapi"}, {"client_id": "fapi", "client_secret": "x"}):
        answer = await fapi.world.http.post(PUSHED_PATH, data=GOOD | form)
        refused(answer, "invalid_client", 401)


@pytest.mark.parametrize(
    "changed",
    [
        {"code_challenge": "", "code_challenge_method": ""},
        {"code_challenge_method": "plain", "code_challenge": CHALLENGE},
        {"redirect_uri": ""},
        {"redirect_uri": "https://evil.example/"},
        {"response_type": "code id_token"},
        {"response_type": "token"},
        {"request_uri": "urn:x"},
    ],
    ids=str,
)
async def test_5_3_2_2_what_is_pushed_is_whole(fapi: Fapi, changed: dict[str, str]) -> None:
    answer = await fapi.post(PUSHED_PATH, PUSH | changed)
    assert answer.status_code == 400
    assert answer.json()["error"] in {"invalid_request", "unsupported_response_type"}


async def test_5_3_2_2_a_pushed_request_lives_less_than_ten_minutes(fapi: Fapi) -> None:
    answer = await fapi.post(PUSHED_PATH, PUSH)
    assert answer.status_code == 201
    assert answer.json()["expires_in"] < 600
    with pytest.raises(ValidationError):
        Settings(pushed_request_seconds=600)


def test_5_3_2_2_pkce_cannot_be_lifted() -> None:
    assert "5.3.2.2" in refuses(require_pkce=False)


async def test_5_3_2_2_a_code_is_used_once(fapi: Fapi) -> None:
    await fapi.world.grant(fapi.world.client)
    code = await fapi.world.code(fapi.world.client)
    body = (await fapi.redeem(code)).json()
    refused(await fapi.redeem(code), "invalid_grant")
    refused(await fapi.read("/v1/me", body["access_token"]), "invalid_token", 401)


async def test_5_3_2_2_the_whole_way(house: World, visitor: Visitor) -> None:
    """Pushed with a proof, asked, answered with `iss`, redeemed by the same key, read, refreshed."""
    fapi = await Fapi(await fapi_app(house)).learn()
    pushed = (await fapi.post(PUSHED_PATH, PUSH)).json()
    query = urlencode({"client_id": "fapi", "request_uri": pushed["request_uri"]})
    page = await visitor.sign_in(await visitor.follow(await visitor.get(f"/authorize?{query}")))
    answer = await visitor.decide(page, scope=["skills"])
    assert answer.status_code == 303  # section 5.3.2.2: never a 307
    back = sent_back(answer)
    assert (back["iss"], back["state"]) == (ISSUER, GOOD["state"])
    thief = Fapi(fapi.world, key("ES256", 2), nonce=fapi.nonce)
    refused(await thief.redeem(back["code"]), "invalid_grant")
    body = (await fapi.redeem(back["code"])).json()
    assert (await fapi.read("/v1/me/skills", body["access_token"])).status_code == 200


# --- 5.4 Cryptography ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "member",
    [
        "id_token_alg",
        "authorization_signed_response_alg",
        "request_object_signing_alg",
        "userinfo_signed_response_alg",
        "introspection_signed_response_alg",
    ],
)
def test_5_4_1_no_rs256_is_registered(member: str) -> None:
    assert "5.4.1" in refuses(**{member: "RS256"})


async def test_5_4_1_an_assertion_is_signed_by_es256_ps256_or_eddsa(fapi: Fapi) -> None:
    assert (await fapi.post("/token", fapi.assertion("ES256") | OWN)).status_code == 200
    assert (await fapi.post("/token", fapi.assertion("PS256") | OWN)).status_code == 200
    claims = assertion_claims("fapi", ISSUER, fapi.world.clock)
    by_rs256 = asserting(signed(claims, app_key("RS256")))
    refused(await fapi.post("/token", by_rs256 | OWN), "invalid_client", 401)


@pytest.mark.parametrize(
    ("alg", "error"), [("ES256", ""), ("PS256", ""), ("RS256", "invalid_request_object")]
)
async def test_5_4_1_so_is_a_request_object(fapi: Fapi, alg: str, error: str) -> None:
    now = fapi.world.clock.now() // SECOND
    claims = PUSH | {"iss": "fapi", "aud": ISSUER, "nbf": now, "exp": now + 60}
    pushed = {"client_id": "fapi", "request": signed(claims, app_key(alg), typ="oauth-authz-req+jwt")}
    answer = await fapi.post(PUSHED_PATH, pushed)
    assert answer.json().get("error", "") == error, answer.text


@pytest.mark.parametrize(("alg", "status"), [("ES256", 200), ("EdDSA", 200), ("PS256", 200), ("RS256", 400)])
async def test_5_4_1_so_is_a_proof(fapi: Fapi, alg: str, status: int) -> None:
    other = Fapi(fapi.world, key(alg), alg, fapi.nonce)
    answer = await other.post("/token", OWN)
    assert answer.status_code == status, answer.text


@pytest.mark.parametrize(("alg", "status"), [("ES256", 201), ("PS256", 201), ("RS256", 400)])
async def test_5_4_1_so_is_a_proof_beside_a_push(fapi: Fapi, alg: str, status: int) -> None:
    other = Fapi(fapi.world, key(alg), alg, fapi.nonce)
    answer = await other.post(PUSHED_PATH, PUSH)
    assert answer.status_code == status, answer.text
    assert answer.json().get("error", "invalid_dpop_proof") == "invalid_dpop_proof"


async def test_5_4_1_so_is_a_proof_at_the_data_api(fapi: Fapi) -> None:
    """One RSA key makes PS256 and RS256: its thumbprint alone would not tell them apart."""
    rsa = Fapi(fapi.world, key("PS256"), "PS256", fapi.nonce)
    token = (await rsa.tokens())["access_token"]
    assert (await rsa.read("/v1/me/skills", token)).status_code == 200
    weak = Fapi(fapi.world, key("PS256"), "RS256", rsa.nonce)
    for path in ("/v1/me", "/v1/me/skills", "/userinfo"):
        refused(await weak.read(path, token), "invalid_token", 401)
    assert claims_of(token)["cnf"] == {"jkt": rsa.jkt}
    shown = (await rsa.post("/introspect", {"token": token})).json()
    assert shown["cnf"] == {"jkt": rsa.jkt}


# --- who is not held to it -------------------------------------------------------------------------------


def test_an_app_of_a_face_is_not_held_to_it() -> None:
    assert "face" in refuses(profile="france-travail")


async def test_an_app_without_the_profile_is_as_before(world: World) -> None:
    assert world.client.metadata.security_profile == ""
    plain = await Holder(world, key("PS256"), "RS256").learn()
    token = (await plain.tokens())["access_token"]
    assert (await plain.read("/v1/me", token)).status_code == 200
    body = await world.tokens()
    assert (await world.refresh(body["refresh_token"])).json()["refresh_token"] != body["refresh_token"]
