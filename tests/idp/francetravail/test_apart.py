"""Nothing of this face reaches other apps, and nothing of Accord's own reaches its: both ways, each place."""

import pytest

from tests.idp.francetravail.app import CALLBACK, FranceTravailApp, refused
from tests.idp.support import CHALLENGE, ISSUER, REDIRECT, VERIFIER, World
from tests.idp.tokens import claims_of
from tests.idp.visitor import GOOD, Visitor, is_our_error, sent_back

SIGN_IN = "api_peconnect-individuv1 openid profile email api_peconnect-competencesv2 pfccompetences"


async def test_each_app_comes_in_by_its_own_endpoint_alone(
    partner: FranceTravailApp, visitor: Visitor
) -> None:
    own = {"client_id": "les-emplois", "redirect_uri": CALLBACK, "scope": "openid profile"}
    assert "wrong_profile" in is_our_error(await visitor.ask(**own))
    theirs = {"client_id": "app", "redirect_uri": REDIRECT}
    assert "wrong_profile" in is_our_error(await visitor.get(partner.authorize_url(**theirs)))


async def test_each_code_is_spent_at_its_own_endpoint_alone(
    partner: FranceTravailApp, visitor: Visitor, house: World
) -> None:
    accords = (await visitor.consented())["code"]
    as_theirs = {"client_id": "app", "client_secret": "app-secret", "redirect_uri": REDIRECT}
    refused(await partner.redeem(accords, **as_theirs, code_verifier=VERIFIER), "invalid_client")
    refused(await partner.redeem(accords), "invalid_grant")
    its = (await partner.code(visitor, SIGN_IN))["code"]
    form = {
        "client_id": "les-emplois",
        "client_secret": "les-emplois-secret",
        "grant_type": "authorization_code",
        "redirect_uri": CALLBACK,
        "code": its,
    }
    refused(await partner.http.post("/token", data=form), "invalid_client", 401)
    assert (await partner.redeem(its)).status_code == 200
    assert (await house.redeem(accords)).status_code == 200


async def test_each_token_opens_its_own_apis_alone(
    partner: FranceTravailApp, visitor: Visitor, house: World
) -> None:
    accords = (await house.redeem((await visitor.consented())["code"])).json()
    its = await partner.tokens(visitor, SIGN_IN)
    for path in ("/v1/me", "/v1/me/skills", "/userinfo"):
        assert (await house.read(path, accords["access_token"])).status_code == 200
        refused(await house.read(path, its["access_token"]), "invalid_token", 401)
    for path in ("peconnect-individu/v1/userinfo", "peconnect-competences/v2/competences"):
        assert (await partner.get(path, its["access_token"])).status_code == 200
        refused(await partner.get(path, accords["access_token"]), "invalid_token", 401)
    assert claims_of(accords["access_token"])["aud"] == f"{ISSUER}/v1"
    assert its["access_token"].startswith("pc_")


async def test_each_refresh_token_is_turned_at_its_own_endpoint_alone(
    partner: FranceTravailApp, visitor: Visitor, house: World
) -> None:
    accords = (await house.redeem((await visitor.consented())["code"])).json()["refresh_token"]
    its = (await partner.tokens(visitor, SIGN_IN))["refresh_token"]
    refused(await partner.refresh(accords), "invalid_grant")
    as_theirs = {"client_id": "les-emplois", "client_secret": "les-emplois-secret"}
    form = {"grant_type": "refresh_token", "refresh_token": its} | as_theirs
    refused(await partner.http.post("/token", data=form), "invalid_client", 401)
    refused(await house.refresh(its), "invalid_grant")
    assert (await house.refresh(accords)).status_code == 200
    assert (await partner.refresh(its)).status_code == 200


async def test_introspection_is_not_for_its_apps_and_giving_back_is(
    partner: FranceTravailApp, visitor: Visitor, house: World
) -> None:
    its = await partner.tokens(visitor, SIGN_IN)
    as_itself = {"client_id": "les-emplois", "client_secret": "les-emplois-secret"}
    form = as_itself | {"token": its["access_token"]}
    refused(await partner.http.post("/introspect", data=form), "invalid_client", 401)
    answer = await house.post("/introspect", {"token": its["access_token"]})
    assert answer.json() == {"active": False}
    own = {"token": its["access_token"]}
    assert (await house.post("/revoke", own)).status_code == 200  # another app's: nothing happens
    await partner.data("peconnect-individu/v1/userinfo", its["access_token"])
    assert (await partner.http.post("/revoke", data=as_itself | own)).status_code == 200
    refused(await partner.get("peconnect-individu/v1/userinfo", its["access_token"]), "invalid_token", 401)


@pytest.mark.parametrize("name", ["code_challenge", "scope"])
async def test_accords_own_apps_keep_every_rule(visitor: Visitor, name: str) -> None:
    changed = {
        "code_challenge": {"code_challenge": None, "code_challenge_method": None},
        "scope": {"scope": "openid profile application_app api_peconnect-individuv1"},
    }[name]
    back = sent_back(await visitor.ask(**changed))
    assert back["error"] in {"invalid_request", "invalid_scope"}


async def test_accords_own_answers_carry_nothing_more(visitor: Visitor, house: World) -> None:
    back = await visitor.consented()
    assert back.keys() == {"code", "state", "iss"}
    body = (await house.redeem(back["code"])).json()
    assert "nonce" not in body
    claims = claims_of(body["id_token"])
    assert claims.keys().isdisjoint({"realm", "azp", "idIdentiteExterne", "given_name", "family_name"})
    assert next(iter(claims_of(body["access_token"]))) == "jti"


async def test_accords_own_token_errors_keep_their_shapes(house: World) -> None:
    answer = await house.post("/token", {"grant_type": "authorization_code", "code": "x"}, ("app", "wrong"))
    refused(answer, "invalid_client", 401)
    assert answer.headers["www-authenticate"].startswith("Basic")


async def test_a_request_cannot_name_its_face(visitor: Visitor) -> None:
    query = GOOD | {"profile": "france-travail", "words": "api_peconnect-individuv1"}
    page = await visitor.ask(**query)
    assert page.status_code == 200  # unknown parameters mean nothing
    assert CHALLENGE not in page.text
