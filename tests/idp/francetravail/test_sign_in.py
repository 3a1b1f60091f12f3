"""Signing in: the authorization endpoint, the token endpoint, the ID token, refreshing, and their errors."""

import base64
import hashlib
import re

import pytest

from foundation.clock import MINUTE, SECOND
from idp.clients.registry import find_client
from idp.registration.store import put
from tests.idp.francetravail.app import CALLBACK, EVERYTHING, FACE, FranceTravailApp, refused, returned
from tests.idp.support import CHALLENGE, ISSUER, VERIFIER, World
from tests.idp.tokens import claims_of, header_of
from tests.idp.visitor import NewVisitor, Visitor, is_our_error, read

SIGN_IN = "api_peconnect-individuv1 openid profile email"


async def test_the_answer_carries_code_state_issuer_client_and_scope(
    partner: FranceTravailApp, visitor: Visitor
) -> None:
    back = await partner.code(visitor, SIGN_IN)
    assert back.keys() == {"code", "state", "iss", "client_id", "scope"}
    assert (back["state"], back["client_id"]) == ("state/é=&", "les-emplois")
    assert back["scope"] == SIGN_IN


async def test_the_token_answer(partner: FranceTravailApp, visitor: Visitor, house: World) -> None:
    tokens = await partner.tokens(visitor)
    assert tokens["token_type"] == "Bearer"
    assert tokens["expires_in"] == 1200
    assert tokens["nonce"] == partner.nonce
    assert tokens["scope"].split() == EVERYTHING.split()
    assert tokens["refresh_token"].startswith("rt_")
    assert len(tokens["id_token"]) <= 3000
    claims = claims_of(tokens["id_token"])
    assert header_of(tokens["id_token"])["alg"] == "RS256"
    assert claims["iss"] == FACE
    assert claims["aud"] == claims["azp"] == "les-emplois"
    assert claims["realm"] == "/individu"
    assert claims["nonce"] == partner.nonce
    assert claims["idIdentiteExterne"] == claims["sub"]
    assert (claims["given_name"], claims["family_name"]) == ("Amina", "Benali")
    digest = hashlib.sha256(tokens["access_token"].encode()).digest()[:16]
    assert claims["at_hash"] == base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    read = (await house.events("data.read"))[-1]
    assert (read["scopes"], read["facts"]["fields"]) == ("profile", "given_name family_name")


async def test_an_id_token_by_another_algorithm_is_bound_by_its_own_hash(
    partner: FranceTravailApp, visitor: Visitor, house: World
) -> None:
    """OpenID Connect Core section 3.1.3.6: SHA-512 for Ed25519, which none of its apps asks for today."""
    async with house.server.db.transaction() as tx:
        client = await find_client(tx, partner.client_id)
        assert client is not None
        other = client.metadata.model_copy(update={"id_token_alg": "EdDSA"})
        await put(tx, client.id, other.model_dump_json(), client.secret_hash)
    tokens = await partner.tokens(visitor)
    assert header_of(tokens["id_token"])["alg"] == "EdDSA"
    digest = hashlib.sha512(tokens["access_token"].encode()).digest()[:32]
    bound = claims_of(tokens["id_token"])["at_hash"]
    assert bound == base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


async def test_what_she_does_not_share_is_not_in_the_token(
    partner: FranceTravailApp, visitor: Visitor
) -> None:
    tokens = await partner.tokens(visitor, scope=["status"])
    assert "statut" in tokens["scope"].split()
    assert "coordonnees" not in tokens["scope"].split()
    refused(
        await partner.get("peconnect-coordonnees/v1/coordonnees", tokens["access_token"]),
        "insufficient_scope",
        403,
    )


async def test_refusing_everything_comes_back_as_access_denied(
    partner: FranceTravailApp, visitor: Visitor
) -> None:
    page = await visitor.sign_in(await visitor.follow(await visitor.get(partner.authorize_url())))
    back = returned(await visitor.decide(page, "refuse"))
    assert (back["error"], back["state"]) == ("access_denied", "state/é=&")
    assert re.search("owner did not authorize", back["error_description"])  # else an app says that we failed
    assert back.keys() == {"error", "error_description", "state", "iss"}


async def test_going_back_without_signing_in_is_told_in_its_words(
    partner: FranceTravailApp, visitor: Visitor
) -> None:
    page = await visitor.follow(await visitor.get(partner.authorize_url()))
    [path] = re.findall(r'action="(/authorize/leave/[^"]+)"', page.text)
    back = returned(await visitor.post(path, read(page).hidden))
    assert (back["error"], back["state"]) == ("access_denied", "state/é=&")
    assert re.search("owner did not authorize", back["error_description"])


async def test_pkce_is_optional_and_held_to_when_used(partner: FranceTravailApp, visitor: Visitor) -> None:
    url = partner.authorize_url(code_challenge=CHALLENGE, code_challenge_method="S256", nonce=None)
    page = await visitor.sign_in(await visitor.follow(await visitor.get(url)))
    code = returned(await visitor.decide(page))["code"]
    refused(await partner.redeem(code), "invalid_grant")
    refused(await partner.redeem(code, code_verifier="w" * 43), "invalid_grant")
    answer = await partner.redeem(code, code_verifier=VERIFIER)
    assert answer.status_code == 200
    assert "nonce" not in answer.json()


WRONG_REQUESTS: list[tuple[dict[str, str | None], str, str]] = [
    ({"nonce": None}, "invalid_request", "nonce"),
    ({"nonce": "n" * 256}, "invalid_request", "too long"),
    ({"code_challenge": CHALLENGE, "code_challenge_method": "plain"}, "invalid_request", "S256"),
    ({"response_type": "token"}, "unsupported_response_type", ""),
    ({"words": "openid cheese"}, "invalid_scope", "cheese"),
    ({"words": "api_peconnect-individuv1 profile"}, "invalid_scope", "openid"),
    ({"words": ""}, "invalid_scope", ""),
    ({"words": "openid " + "x" * 5000}, "invalid_request", "too long"),
]


async def test_a_bad_request_goes_back_to_the_app(partner: FranceTravailApp, visitor: Visitor) -> None:
    for changed, error, words in WRONG_REQUESTS:
        back = returned(await visitor.get(partner.authorize_url(**changed)))
        assert back["error"] == error
        assert words in back["error_description"]
        assert back["state"] == "state/é=&"


async def test_only_the_realm_of_people_is_served(partner: FranceTravailApp, visitor: Visitor) -> None:
    is_our_error(await visitor.get(partner.authorize_url(realm="/employeur")))
    is_our_error(await visitor.get(partner.authorize_url(redirect_uri="https://evil.example/")))
    is_our_error(await visitor.get(partner.authorize_url(client_id="nobody")))
    assert (
        (await visitor.get(partner.authorize_url(realm=None))).headers["location"].startswith("/authorize/")
    )
    answer = await partner.http.post("/connexion/oauth2/access_token?realm=/employeur", data={})
    refused(answer, "invalid_request")


async def test_prompt_none_says_that_somebody_must_sign_in(
    partner: FranceTravailApp, visitor: Visitor
) -> None:
    back = returned(await visitor.follow(await visitor.get(partner.authorize_url(prompt="none"))))
    assert back["error"] == "login_required"


async def test_a_standing_grant_signs_in_without_a_question(
    partner: FranceTravailApp, visitor: Visitor
) -> None:
    first = claims_of((await partner.tokens(visitor, SIGN_IN))["id_token"])
    back = returned(await visitor.follow(await visitor.get(partner.authorize_url(SIGN_IN, prompt="none"))))
    again = (await partner.redeem(back["code"])).json()
    assert claims_of(again["id_token"])["sub"] == first["sub"]


# --- the token endpoint ----------------------------------------------------------------------------------


async def test_a_code_lives_sixty_seconds_and_is_spent_once(
    partner: FranceTravailApp, new_visitor: NewVisitor, house: World
) -> None:
    code = (await partner.code(new_visitor(), SIGN_IN))["code"]
    house.clock.advance(59 * SECOND)
    assert (await partner.redeem(code)).status_code == 200
    refused(await partner.redeem(code), "invalid_grant")
    late = (await partner.code(new_visitor(), SIGN_IN))["code"]
    house.clock.advance(60 * SECOND)
    refused(await partner.redeem(late), "invalid_grant")


WRONG_REDEMPTIONS: list[tuple[dict[str, str], str]] = [
    ({"redirect_uri": "https://emplois.example/other"}, "redirect_uri_mismatch"),
    ({"redirect_uri": ""}, "redirect_uri_mismatch"),
    ({"client_secret": "wrong"}, "invalid_client"),
    ({"client_id": "nobody"}, "invalid_client"),
    ({"client_secret": ""}, "invalid_client"),
    ({"code": "ac_wrong"}, "invalid_grant"),
    ({"grant_type": "client_credentials"}, "unsupported_grant_type"),
    ({"grant_type": "cheese"}, "unsupported_grant_type"),
    ({"grant_type": ""}, "invalid_request"),
    ({"code_verifier": VERIFIER}, "invalid_request"),
]


async def test_a_bad_token_request_is_a_400_and_spends_nothing(
    partner: FranceTravailApp, visitor: Visitor
) -> None:
    code = (await partner.code(visitor, SIGN_IN))["code"]
    for changed, error in WRONG_REDEMPTIONS:
        answer = await partner.redeem(code, **changed)
        refused(answer, error)
        assert answer.json().keys() == {"error", "error_description"}  # an app reads the two alone
        assert answer.headers["x-trace-id"]
        assert "www-authenticate" not in answer.headers
    assert (await partner.redeem(code)).status_code == 200


@pytest.mark.parametrize("realm", ["/individu", "%2Findividu", "%2findividu", "%252Findividu", ""])
async def test_the_realm_as_apps_and_their_libraries_write_it(partner: FranceTravailApp, realm: str) -> None:
    path = f"/connexion/oauth2/access_token?realm={realm}"
    answer = await partner.http.post(path, data={"grant_type": "refresh_token", "client_id": "nobody"})
    assert refused(answer, "invalid_client")  # it is read; who asks is not known


async def test_a_basic_header_beside_the_body_is_passed_over(
    partner: FranceTravailApp, visitor: Visitor
) -> None:
    code = (await partner.code(visitor, SIGN_IN))["code"]
    fields = {
        "client_id": "les-emplois",
        "client_secret": "les-emplois-secret",
        "code": code,
        "grant_type": "authorization_code",
        "redirect_uri": CALLBACK,
    }
    path = "/connexion/oauth2/access_token?realm=/individu"
    only = {name: value for name, value in fields.items() if name != "client_secret"}
    basic = ("les-emplois", "les-emplois-secret")
    refused(await partner.http.post(path, data=only, auth=basic), "invalid_client")
    assert (await partner.http.post(path, data=fields, auth=basic)).status_code == 200


async def test_refreshing_rotates_with_a_grace_for_a_lost_answer(
    partner: FranceTravailApp, visitor: Visitor, house: World
) -> None:
    tokens = await partner.tokens(visitor, SIGN_IN)
    first = (await partner.refresh(tokens["refresh_token"])).json()
    assert first["refresh_token"] != tokens["refresh_token"]
    assert (await partner.refresh(tokens["refresh_token"])).json()["refresh_token"] == first["refresh_token"]
    assert claims_of(first["id_token"])["realm"] == "/individu"
    assert "nonce" not in claims_of(first["id_token"])
    path = "peconnect-individu/v1/userinfo"
    assert (await partner.get(path, first["access_token"])).status_code == 200
    house.clock.advance(MINUTE)
    refused(await partner.refresh(tokens["refresh_token"]), "invalid_grant")
    assert (await partner.get(path, first["access_token"])).status_code == 401


async def test_once_gives_no_refresh_token(partner: FranceTravailApp, visitor: Visitor) -> None:
    tokens = await partner.tokens(visitor, SIGN_IN, duration="once")
    assert "refresh_token" not in tokens


async def test_access_tokens_live_as_long_as_the_app_was_given(
    partner: FranceTravailApp, visitor: Visitor, house: World
) -> None:
    token = (await partner.tokens(visitor, SIGN_IN))["access_token"]
    path = "peconnect-individu/v1/userinfo"
    house.clock.advance(20 * MINUTE - 10 * SECOND)
    assert (await partner.get(path, token)).status_code == 200
    house.clock.advance(11 * SECOND)
    answer = await partner.get(path, token)
    refused(answer, "invalid_token", 401)
    assert answer.headers["www-authenticate"] == 'Bearer realm="/individu", error="invalid_token"'


async def test_discovery(partner: FranceTravailApp, visitor: Visitor) -> None:
    found = (await partner.http.get("/connexion/oauth2/individu/.well-known/openid-configuration")).json()
    assert found["issuer"] == FACE
    assert found["authorization_endpoint"] == f"{ISSUER}/connexion/oauth2/authorize"
    assert found["token_endpoint"] == f"{ISSUER}/connexion/oauth2/access_token?realm=%2Findividu"
    assert found["userinfo_endpoint"] == f"{ISSUER}/partenaire/peconnect-individu/v1/userinfo"
    assert found["end_session_endpoint"] == f"{ISSUER}/compte/deconnexion"
    keys = (await partner.http.get(found["jwks_uri"])).json()["keys"]
    assert {(key["alg"], key["kty"]) for key in keys} == {("RS256", "RSA")}
    tokens = await partner.tokens(visitor, SIGN_IN)
    assert header_of(tokens["id_token"])["kid"] in {key["kid"] for key in keys}
