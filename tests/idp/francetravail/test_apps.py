"""One journey for each public app written for France Travail Connect: what it sends, reads and insists on.

Facts come from the apps' published code; each journey is told in our own words with a plain HTTP client.
"""

import asyncio
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from zoneinfo import ZoneInfo

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.idp.francetravail.app import FACE, FranceTravailApp, refused, register
from tests.idp.support import ISSUER, World
from tests.idp.tokens import claims_of
from tests.idp.visitor import NewVisitor, Visitor

PARIS = ZoneInfo("Europe/Paris")
INDIVIDU = "peconnect-individu/v1/userinfo"


async def installed(house: World, partner: FranceTravailApp, name: str, scope: str, callback: str) -> None:
    """The app as its operator registers it at Accord: its scopes, its address of return and its home."""
    parts = urlsplit(callback)
    home = f"{parts.scheme}://{parts.netloc}"
    await register(house.server, name, scope, redirect_uris=(callback, home, f"{home}/"))
    partner.client_id, partner.redirect_uri = name, callback


def is_text(*values: Any) -> bool:
    return all(isinstance(value, str) and value for value in values)


async def test_les_emplois(partner: FranceTravailApp, visitor: Visitor, house: World) -> None:
    """Signed state, userinfo with ?schema=openid, a day of birth read in Paris, three lines of an address."""
    scope = (
        "openid api_peconnect-individuv1 email profile api_peconnect-coordonneesv1 coordonnees"
        " api_peconnect-statutv1 statut api_peconnect-datenaissancev1 datenaissance"
        " api_peconnect-indemnisationsv1 indemnisation api_peconnect-formationsv1 pfcformations pfcpermis"
    )
    await installed(house, partner, "itou", scope, "https://emplois.itou.example/ft_connect/callback")
    state = "mYkT0DsEEv1l:9kPcX1V0n-kq8Cw0uGmH2bV5t_nEB0dK8l4tVg1y0Zs"
    page = await visitor.sign_in(
        await visitor.follow(await visitor.get(partner.authorize_url(scope, state=state)))
    )
    sent = await visitor.decide(page, scope=["email", "contact", "birthdate", "status"])
    query = parse_qs(urlsplit(sent.headers["location"]).query)
    assert query["state"] == [state]
    answer = await partner.redeem(query["code"][0])
    assert answer.status_code in {200, 201}
    tokens = answer.json()
    assert {"access_token", "id_token"} <= tokens.keys()
    person = await partner.data(INDIVIDU, tokens["access_token"], schema="openid")
    assert is_text(person["sub"], person["given_name"], person["family_name"], person["email"])
    assert {"male": "M", "female": "MME"}[person["gender"]] == "MME"
    born = (await partner.data("peconnect-datenaissance/v1/etat-civil", tokens["access_token"]))[
        "dateDeNaissance"
    ]
    assert datetime.fromisoformat(born).astimezone(PARIS).date() == date(1991, 4, 23)
    address = await partner.data("peconnect-coordonnees/v1/coordonnees", tokens["access_token"])
    assert is_text(address["adresse4"], address["codePostal"], address["libelleCommune"])
    home = "https://emplois.itou.example/"
    leave = {"id_token_hint": tokens["id_token"], "redirect_uri": home}
    back = await visitor.get(f"/compte/deconnexion?{urlencode(leave)}")
    assert back.headers["location"] == home


async def test_immersion_facilitee(partner: FranceTravailApp, visitor: Visitor, house: World) -> None:
    """Schemas without null, labels to the letter, advisers whole, an ID token within 3000 characters."""
    scope = (
        "application_immersion api_peconnect-individuv1 api_peconnect-conseillersv1 api_peconnect-statutv1"
        " individu openid profile email statut api_peconnect-datenaissancev1 datenaissance"
        " api_peconnect-coordonneesv1 coordonnees"
    )
    callback = "https://immersion.example/api/ftConnect"
    await installed(house, partner, "immersion", scope, callback)
    tokens = await partner.tokens(visitor, scope)
    assert 0 < len(tokens["id_token"]) <= 3000
    assert 0 < len(tokens["nonce"]) <= 3000
    assert 0 < len(tokens["access_token"]) <= 255
    assert isinstance(tokens["expires_in"], int)
    assert tokens["expires_in"] >= 1
    token = tokens["access_token"]
    person = await partner.data(INDIVIDU, token)
    assert is_text(*(person[name] for name in ("family_name", "given_name", "idIdentiteExterne", "sub")))
    assert person["gender"] in {"male", "female"}
    born = await partner.data("peconnect-datenaissance/v1/etat-civil", token)
    assert born["dateDeNaissance"].split("T")[0] == "1991-04-23"
    contact = await partner.data("peconnect-coordonnees/v1/coordonnees", token)
    assert is_text(*contact.values())
    assert is_text(*(contact[name] for name in ("nom", "prenom", "email", "statutValidationEmail")))
    # Its library of numbers knows this range of invented ones, and none of 06: with a number that it does not
    # know, it takes the whole person for missing.
    assert contact["telephone1"] == "0353011234"
    status = await partner.data("peconnect-statut/v1/statut", token)
    assert status["codeStatutIndividu"] == "1"
    assert status["libelleStatutIndividu"] in {"Non demandeur d’emploi", "Demandeur d’emploi"}
    for adviser in await partner.data("peconnect-conseillers/v1/contactspe/conseillers", token):
        assert is_text(adviser["nom"], adviser["prenom"], adviser["mail"])
        assert adviser["civilite"] in {"1", "2"}
        assert adviser["type"] in {"PLACEMENT", "CAPEMPLOI", "INDEMNISATION"}
    spent = await partner.redeem("ac_" + "0" * 32 + "." + "x" * 43)
    assert (spent.status_code, spent.json()["error"]) == (400, "invalid_grant")


async def test_pass_emploi(partner: FranceTravailApp, visitor: Visitor, house: World) -> None:
    """A strict OpenID Connect library: issuers of the answer and of the token, signature, equal subjects."""
    scope = (
        "api_peconnect-individuv1 openid profile email api_peconnect-coordonneesv1 coordonnees"
        " api_peconnect-metiersrecherchesv1 cpmetiers api_peconnect-demarchesv1 demarches"
    )
    callback = "https://id.pass-emploi.example/auth/realms/pass-emploi/broker/pe-jeune/endpoint"
    await installed(house, partner, "pass-emploi", scope, callback)
    partner.nonce = "interaction-uid"
    url = partner.authorize_url(scope, state=None)
    page = await visitor.sign_in(await visitor.follow(await visitor.get(url)))
    sent = await visitor.decide(page, scope=["email", "contact", "job_targets"])
    query = {name: values[0] for name, values in parse_qs(urlsplit(sent.headers["location"]).query).items()}
    assert "state" not in query
    assert query["iss"] == FACE
    tokens = (await partner.redeem(query["code"])).json()
    metadata = (await partner.http.get(f"{FACE}/.well-known/openid-configuration")).json()
    keys = KeySet.import_key_set((await partner.http.get(metadata["jwks_uri"])).json())
    claims = jwt.decode(tokens["id_token"], keys, algorithms=["RS256"]).claims
    assert (claims["iss"], claims["aud"], claims["azp"]) == (FACE, "pass-emploi", "pass-emploi")
    assert claims["nonce"] == "interaction-uid"
    person = await partner.data(INDIVIDU, tokens["access_token"], realm="/individu")
    assert person["sub"] == claims["sub"]
    contact = await partner.data("peconnect-coordonnees/v1/coordonnees", tokens["access_token"])
    assert is_text(contact["nom"], contact["prenom"], contact["email"])
    targets = await partner.data("peconnect-metiersrecherches/v1/metiersrecherches", tokens["access_token"])
    assert is_text(*(target["appellation"]["libelle"] for target in targets))
    assert all(place["lieu"]["type"]["code"] == "5" for place in targets[0]["mobilites"])
    renewed = (await partner.refresh(tokens["refresh_token"])).json()
    assert is_text(renewed["access_token"], renewed["refresh_token"])


async def test_zen(partner: FranceTravailApp, visitor: Visitor, house: World) -> None:
    """Words of APIs that Accord has not, claims checked one by one, a path doubled at the logout."""
    scope = (
        "api_peconnect-individuv1 application_zen qos_silver_peconnect-individuv1 openid profile email"
        " api_peconnect-coordonneesv1 qos_gold_peconnect-coordonneesv1 coordonnees"
        " api_peconnect-envoidocumentv1 document documentW"
        " api_peconnect-actualisationv1 qos_gold_peconnect-actualisationv1 individu"
    )
    await installed(house, partner, "zen", scope, "https://zen.example/api/login/callback")
    partner.nonce = "f" * 128
    tokens = await partner.tokens(visitor, scope)
    claims = claims_of(tokens["id_token"])
    assert claims["iss"].startswith(ISSUER)
    assert (claims["aud"], claims["azp"], claims["realm"]) == ("zen", "zen", "/individu")
    assert claims["nonce"] == partner.nonce
    person = await partner.data(INDIVIDU, tokens["access_token"])
    assert is_text(person["sub"], person["email"], person["given_name"], person["gender"])
    contact = await partner.data("peconnect-coordonnees/v1/coordonnees", tokens["access_token"])
    assert contact["codePostal"] == "59000"
    missing = await partner.get("peconnect-actualisation/v1/actualisation", tokens["access_token"])
    assert missing.status_code == 404
    renewed = (await partner.refresh(tokens["refresh_token"])).json()
    leave = f"id_token_hint={renewed['id_token']}&redirect_uri=https://zen.example"
    back = await visitor.get(f"/compte/deconnexion/compte/deconnexion?{leave}")
    assert back.headers["location"] == "https://zen.example"


async def test_la_bonne_boite(partner: FranceTravailApp, visitor: Visitor, house: World) -> None:
    """Everything from discovery, scopes of another API, prompt=none in a frame, four claims it insists on."""
    scope = (
        "openid profile email application_lbb api_peconnect-individuv1 qos_silver_peconnect-individuv1"
        " api_candidaturespontaneev1 ami amiW"
    )
    callback = "https://labonneboite.example/authentication/complete/peam-openidconnect/"
    await installed(house, partner, "lbb", scope, callback)
    found = (await partner.http.get(f"{FACE}/.well-known/openid-configuration")).json()
    silent = {"realm": "/individu", "prompt": "none", "client_id": "lbb", "redirect_uri": callback}
    ask = silent | {"response_type": "code", "scope": scope, "nonce": "n" * 64, "state": "s" * 32}
    nobody = await visitor.follow(await visitor.get(f"{found['authorization_endpoint']}?{urlencode(ask)}"))
    assert parse_qs(urlsplit(nobody.headers["location"]).query)["error"] == ["login_required"]
    back = await partner.code(visitor, scope)
    form = {
        "grant_type": "authorization_code",
        "code": back["code"],
        "client_id": "lbb",
        "client_secret": "lbb-secret",
        "redirect_uri": callback,
    }
    tokens = (await partner.http.post(found["token_endpoint"], data=form)).json()
    keys = (await partner.http.get(found["jwks_uri"])).json()
    claims = jwt.decode(tokens["id_token"], KeySet.import_key_set(keys), algorithms=["RS256"]).claims
    assert (claims["iss"], claims["aud"], claims["nonce"]) == (found["issuer"], "lbb", partner.nonce)
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    person = (await partner.http.get(found["userinfo_endpoint"], headers=bearer)).json()
    assert is_text(*(person[name] for name in ("email", "sub", "given_name", "family_name")))
    again = await visitor.follow(await visitor.get(f"{found['authorization_endpoint']}?{urlencode(ask)}"))
    assert "code" in parse_qs(urlsplit(again.headers["location"]).query)


async def test_estime(partner: FranceTravailApp, visitor: Visitor, house: World) -> None:
    """A nonce compared at the top of the answer, detailed benefits, refreshing, a stray & in the logout."""
    scope = (
        "openid profile email api_peconnect-individuv1 api_peconnect-coordonneesv1 coordonnees"
        " api_peconnect-datenaissancev1 datenaissance"
        " api_peconnect-detailindemnisationsv1 detailindemnisation"
    )
    await installed(house, partner, "estime", scope, "https://estime.example/signin-callback")
    tokens = await partner.tokens(visitor, scope)
    assert tokens["nonce"] == partner.nonce
    assert is_text(tokens["scope"], tokens["token_type"], tokens["refresh_token"])
    token = tokens["access_token"]
    detail = await partner.data("peconnect-detailindemnisations/v1/indemnisation", token)
    assert (detail["beneficiaireAideSolidarite"], detail["beneficiaireAssuranceChomage"]) == (False, True)
    assert None not in detail.values()  # numbers and booleans of its language hold no null
    assert (await partner.data("peconnect-coordonnees/v1/coordonnees", token))["codeINSEE"] == "59350"
    assert "1991-04-23T" in str(await partner.data("peconnect-datenaissance/v1/etat-civil", token))
    renewed = (await partner.refresh(tokens["refresh_token"])).json()
    leave = f"&id_token_hint={renewed['id_token']}&redirect_uri=https://estime.example/"
    assert (await visitor.get(f"/compte/deconnexion?{leave}")).headers[
        "location"
    ] == "https://estime.example/"


async def test_perspectives(partner: FranceTravailApp, visitor: Visitor, house: World) -> None:
    """Typed records: text is text, flags are there, levels are pairs, the older address of experiences."""
    scope = (
        "api_peconnect-individuv1 openid profile email qos_silver_peconnect-individuv1"
        " api_peconnect-coordonneesv1 coordonnees api_peconnect-statutv1 statut"
        " api_prestationssuiviesv1 prestationIntermediaire"
        " api_peconnect-competencesv2 pfccompetences pfclangues pfccentresinteret"
        " api_peconnect-formationsv1 pfcformations pfcpermis api_peconnect-experiencesv1 pfcexperiences"
    )
    await installed(house, partner, "perspectives", scope, "https://perspectives.example/callback")
    token = (await partner.tokens(visitor, scope))["access_token"]
    skills = await partner.data("peconnect-competences/v2/competences", token)
    assert {skill["type"] for skill in skills} == {"S", "L", "Q"}
    assert is_text(*(skill["libelle"] for skill in skills))
    languages = await partner.data("peconnect-competences/v2/langues", token)
    for one in (*skills, *languages):
        assert is_text(one["niveau"]["code"], one["niveau"]["libelle"])
    interests = await partner.data("peconnect-competences/v2/interets", token)
    assert is_text(*(one["intitule"] for one in interests))
    for training in await partner.data("peconnect-formations/v1/formations", token):
        assert isinstance(training["diplomeObtenu"], bool)
        assert isinstance(training["etranger"], bool)
        for pair in (training.get("niveau"), training.get("domaine")):
            assert pair is None or is_text(pair["code"], pair["libelle"])
    licences = await partner.data("peconnect-formations/v1/permis", token)
    assert licences[0]["libelle"].replace(f"{licences[0]['code']} - ", "") == "Véhicule léger"
    for job in await partner.data("peconnect-experiences/v1/experiences", token):
        assert isinstance(job["enPoste"], bool)
        assert isinstance(job["etranger"], bool)
        assert isinstance(job["duree"], int)
        assert datetime.fromisoformat(job["date"]["debut"]).tzinfo is not None
    address = await partner.data("peconnect-coordonnees/v1/coordonnees", token)
    assert is_text(*(address[name] for name in ("adresse4", "codePostal", "libelleCommune", "libellePays")))


async def test_avril(partner: FranceTravailApp, visitor: Visitor, house: World) -> None:
    """A Basic header beside the body, ten years of contracts by twos, six calls at once, Retry-After."""
    scope = (
        "application_avril api_peconnect-individuv1 openid profile email api_peconnect-datenaissancev1"
        " datenaissance api_peconnect-formationsv1 pfcformations"
        " api_peconnect-experiencesprofessionellesdeclareesparlemployeurv1 passeprofessionnel"
        " api_peconnect-experiencesv1 pfcexperiences api_peconnect-coordonneesv1 coordonnees"
        " api_peconnect-competencesv2 pfccompetences pfclangues pfccentresinteret"
    )
    await installed(house, partner, "avril", scope, "https://avril.example/pole-emploi/callback")
    back = await partner.code(visitor, scope)
    form = {
        "client_id": "avril",
        "client_secret": "avril-secret",
        "code": back["code"],
        "grant_type": "authorization_code",
        "redirect_uri": partner.redirect_uri,
    }
    answer = await partner.http.post(
        "/connexion/oauth2/access_token?realm=/individu",
        data=form,
        auth=("avril", "avril-secret"),
        headers={"accept": "application/json"},
    )
    token = answer.json()["access_token"]
    today = datetime.fromtimestamp(house.clock.now() / 1_000_000, PARIS).date()
    periods, end = [], today
    for _ in range(5):
        start = end.replace(year=end.year - 2) + timedelta(1)
        periods.append({"dateDebutPeriode": f"{start:%Y%m%d}", "dateFinPeriode": f"{end:%Y%m%d}"})
        end = end.replace(year=end.year - 2)
    path = "peconnect-experiencesprofessionellesdeclareesparlemployeur/v1/contrats"
    one_by_one = [partner.data(path, token, **period, uniteDureeTravail="h") for period in periods]
    person, born, jobs, contact, skills, *contracts = await asyncio.gather(
        partner.data(INDIVIDU, token),
        partner.data("peconnect-datenaissance/v1/etat-civil", token),
        partner.data("peconnect-experiences/v1/experiences", token),
        partner.data("peconnect-coordonnees/v1/coordonnees", token),
        partner.data("peconnect-competences/v2/competences", token),
        *one_by_one,
    )
    assert is_text(person["email"].lower(), person["idIdentiteExterne"])
    assert datetime.fromisoformat(born["dateDeNaissance"]).date() == date(1991, 4, 23)
    assert all("T" in job["date"]["debut"] for job in jobs)
    assert contact["codePays"] == "FR"
    assert all(int(skill.get("code", "0")) >= 0 for skill in skills)
    started = {one["dateDebut"] for answer in contracts for one in answer["contrats"]}
    assert started >= {"20210906", "20180201"}
    assert all(int(one["dureeContrat"]) > 0 for answer in contracts for one in answer["contrats"])


async def test_bob(partner: FranceTravailApp, visitor: Visitor, house: World) -> None:
    """The token type as it comes, the nonce at the top, words that it looks for in `scope`, older skills."""
    scope = (
        "api_peconnect-individuv1 openid profile email api_peconnect-coordonneesv1 coordonnees"
        " api_peconnect-competencesv1 competences"
    )
    await installed(house, partner, "bob", scope, "https://bob.example/")
    code = (await partner.code(visitor, scope))["code"]
    said = refused(await partner.redeem(code, redirect_uri="https://bob.example"), "redirect_uri_mismatch")
    assert said
    tokens = (await partner.redeem(code)).json()
    assert tokens["nonce"] == partner.nonce
    bearer = f"{tokens['token_type']} {tokens['access_token']}"
    path = f"/partenaire/{INDIVIDU}"
    person = (await partner.http.get(path, headers={"Authorization": bearer})).json()
    assert is_text(person["sub"], person["given_name"], person["family_name"])
    assert person["gender"] == "female"
    assert {"coordonnees", "competences"} <= set(tokens["scope"].split())  # it reads those that it was given
    named = {"Authorization": bearer, "pe-nom-application": "Bob Emploi"}
    home = await partner.http.get("/partenaire/peconnect-coordonnees/v1/coordonnees", headers=named)
    assert home.json()["codeINSEE"] == "59350"
    jobs = await partner.data("peconnect-competences/v1/competences", tokens["access_token"])
    assert jobs[0] == {"codeAppellation": "19397", "codeRome": "M1609"}


async def test_clara(partner: FranceTravailApp, visitor: Visitor, house: World) -> None:
    """Six APIs parsed without a look at the status, a date by a fixed pattern, diplomas compared by code."""
    scope = (
        "application_clara api_peconnect-individuv1 email openid profile api_peconnect-statutv1 statut"
        " api_peconnect-datenaissancev1 datenaissance api_peconnect-formationsv1 pfcformations"
        " api_peconnect-coordonneesv1 coordonnees api_peconnect-indemnisationsv1 indemnisation"
    )
    await installed(house, partner, "clara", scope, "https://clara.example/peconnect_callback")
    tokens = await partner.tokens(visitor, scope)
    assert claims_of(tokens["id_token"])["sub"]
    token = tokens["access_token"]
    born = (await partner.data("peconnect-datenaissance/v1/etat-civil", token))["dateDeNaissance"]
    assert datetime.strptime(born, "%Y-%m-%dT%H:%M:%S%z").date() == date(1991, 4, 23)
    grades = await partner.data("peconnect-formations/v1/formations", token)
    best = sorted(
        grade["niveau"]["code"]
        for grade in grades
        if grade["diplomeObtenu"] is True and grade.get("niveau", {}).get("code", "").startswith("NV")
    )
    assert best[0] == "NV3"
    assert (await partner.data("peconnect-statut/v1/statut", token))["codeStatutIndividu"] == "1"
    benefits = await partner.data("peconnect-indemnisations/v1/indemnisation", token)
    assert benefits["beneficiairePrestationSolidarite"] is False
    leave = f"id_token_hint={tokens['id_token']}&redirect_uri=https://clara.example"
    assert (await visitor.get(f"/compte/deconnexion?{leave}")).headers["location"] == "https://clara.example"


@pytest.mark.parametrize("status", ["missing", "expired"])
async def test_every_error_of_a_data_api_is_a_json_object(
    partner: FranceTravailApp, new_visitor: NewVisitor, status: str
) -> None:
    """Some of them parse whatever comes, and read on."""
    token = {"missing": "", "expired": "x.y.z"}[status]
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answer = await partner.http.get(f"/partenaire/{INDIVIDU}", headers=headers)
    assert answer.status_code == 401
    assert isinstance(answer.json(), dict)
    assert answer.headers["www-authenticate"].startswith('Bearer realm="/individu"')
