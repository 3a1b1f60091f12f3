"""The lines of the face's description that no other test here names: one test each."""

from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import update

from consent.catalogue import CATALOGUE
from foundation.clock import SECOND
from foundation.statements import Write
from idp.francetravail.face import NONCE_MAX
from idp.francetravail.words import scopes_of
from idp.people.tables import Account
from tests.idp.francetravail.app import EVERYTHING, FranceTravailApp, offered, refused, register, returned
from tests.idp.support import World
from tests.idp.visitor import NewVisitor, Visitor

SIGN_IN = "api_peconnect-individuv1 openid profile email"
USERINFO = "peconnect-individu/v1/userinfo"
_GESTION = "api_peconnect-gestion-profilcompetencesv1 portefeuillecompetencesW"
_DECLARED = "api_peconnect-experiencesprofessionellesdeclareesparlemployeurv1 passeprofessionnel"
# Words asked together, the one line that they are on the consent screen, what it is about, how sensitive.
CATALOGUE_LINES = (
    ("openid api_peconnect-individuv1", "openid", "Identifiant", "low"),
    ("profile", "profile", "Identité", "medium"),
    ("email", "email", "Adresse e-mail", "medium"),
    ("api_peconnect-coordonneesv1 coordonnees", "contact", "Coordonnées", "high"),
    ("api_peconnect-datenaissancev1 datenaissance", "birthdate", "Date de naissance", "high"),
    ("api_peconnect-statutv1 statut", "status", "Statut de demandeur d’emploi", "high"),
    ("api_peconnect-competencesv2 pfccompetences", "skills", "Compétences", "medium"),
    ("api_peconnect-competencesv2 pfclangues", "languages", "Langues", "low"),
    ("api_peconnect-competencesv2 pfccentresinteret", "interests", "Centres d’intérêt", "medium"),
    ("api_peconnect-experiencesv1 pfcexperiences", "experiences", "Expériences professionnelles", "medium"),
    (_DECLARED, "contracts", "Contrats déclarés par l’employeur", "high"),
    ("api_peconnect-formationsv1 pfcformations", "trainings", "Formations", "medium"),
    ("api_peconnect-formationsv1 pfcpermis", "licences", "Permis", "low"),
    ("api_peconnect-metiersrecherchesv1 cpmetiers", "job_targets", "Métiers recherchés", "medium"),
    ("api_peconnect-indemnisationsv1 indemnisation", "benefits", "Indemnisations", "very_high"),
    ("api_peconnect-conseillersv1 individu", "advisers", "Conseillers", "high"),
    (_GESTION, "skills:write", "Ajout de compétences", "high"),
)


@pytest.mark.parametrize(("words", "scope", "label", "sensitivity"), CATALOGUE_LINES)
def test_each_pair_of_words_is_one_scope_of_the_catalogue(
    words: str, scope: str, label: str, sensitivity: str
) -> None:
    assert scopes_of(words.split()) == (scope,)
    assert (CATALOGUE[scope].label, CATALOGUE[scope].sensitivity) == (label, sensitivity)


async def test_each_pair_is_one_line_of_the_consent_screen(
    partner: FranceTravailApp, visitor: Visitor
) -> None:
    page = await visitor.sign_in(await visitor.follow(await visitor.get(partner.authorize_url(EVERYTHING))))
    boxes = offered(page)
    assert sorted(boxes) == sorted(
        scope for _, scope, *_ in CATALOGUE_LINES if scope not in {"openid", "profile"}
    )
    for _, _, label, _ in CATALOGUE_LINES[1:]:
        assert label in page.text


async def test_an_id_token_stays_within_3000_characters(
    partner: FranceTravailApp, visitor: Visitor, house: World
) -> None:
    """The longest nonce that is taken, a long client_id, the longest names, in letters of two bytes."""
    client_id = "app-" + "c" * 60
    await register(house.server, client_id)
    partner.client_id, partner.nonce = client_id, "n" * NONCE_MAX
    await house.put("identity", given_name="É" * 100, family_name="Ÿ" * 100, gender="female")
    tokens = await partner.tokens(visitor, SIGN_IN)
    assert len(tokens["id_token"]) <= 3000
    assert tokens["nonce"] == partner.nonce


async def test_the_life_of_access_tokens_is_the_apps_own(
    partner: FranceTravailApp, visitor: Visitor, house: World
) -> None:
    await register(house.server, "brief", SIGN_IN, access_token_seconds=300)
    partner.client_id = "brief"
    tokens = await partner.tokens(visitor, SIGN_IN)
    assert tokens["expires_in"] == 300
    house.clock.advance(299 * SECOND)
    await partner.data(USERINFO, tokens["access_token"])
    house.clock.advance(2 * SECOND)
    refused(await partner.get(USERINFO, tokens["access_token"]), "invalid_token", 401)


async def test_more_than_was_agreed_is_no_scope_of_a_refresh(
    partner: FranceTravailApp, visitor: Visitor
) -> None:
    refresh_token = (await partner.tokens(visitor, SIGN_IN))["refresh_token"]
    refused(await partner.refresh(refresh_token, scope="openid cheese"), "invalid_scope")
    narrow = (await partner.refresh(refresh_token, scope="openid api_peconnect-individuv1")).json()
    assert narrow["scope"].split() == ["openid", "api_peconnect-individuv1"]
    assert "given_name" not in await partner.data(USERINFO, narrow["access_token"])


async def test_an_email_leaves_only_once_confirmed_and_the_scope_says_why_it_is_missing(
    partner: FranceTravailApp, new_visitor: NewVisitor, house: World
) -> None:
    words = f"{SIGN_IN} api_peconnect-coordonneesv1 coordonnees"
    shared = await partner.tokens(new_visitor(), words, scope=["contact", "email"])
    token = shared["access_token"]
    assert (await partner.data(USERINFO, token))["email"] == "amina@example.org"
    async with house.server.db.transaction() as tx:
        await tx.run(Write(update(Account).values(email_verified_at=None)))
    assert "email" in shared["scope"].split()  # she shares it
    assert "email" not in await partner.data(USERINFO, token)  # and has not confirmed it
    contact = await partner.data("peconnect-coordonnees/v1/coordonnees", token)
    assert (contact["email"], contact["statutValidationEmail"]) == ("amina@example.org", "P")
    async with house.server.db.transaction() as tx:
        await tx.run(Write(update(Account).values(email_verified_at=house.clock.now())))
    await register(house.server, "another", words)
    partner.client_id = "another"
    kept = await partner.tokens(new_visitor(), words, scope=["contact"])
    assert "email" not in kept["scope"].split()  # she keeps it
    assert "email" not in await partner.data(USERINFO, kept["access_token"])


@pytest.mark.parametrize(
    "uri", ["http://127.0.0.1:9002/ft_connect/callback", "http://localhost:3000/api/callback"]
)
async def test_an_app_may_be_tried_on_its_developers_machine(
    partner: FranceTravailApp, visitor: Visitor, house: World, uri: str
) -> None:
    await register(house.server, "local", SIGN_IN, redirect_uris=(uri,))
    partner.client_id, partner.redirect_uri = "local", uri
    page = await visitor.sign_in(await visitor.follow(await visitor.get(partner.authorize_url(SIGN_IN))))
    back = returned(await visitor.decide(page, scope=["email"]), uri)
    assert (await partner.redeem(back["code"])).status_code == 200


async def test_an_api_that_accord_does_not_have_is_a_404_that_programs_read(
    partner: FranceTravailApp, visitor: Visitor
) -> None:
    token = (await partner.tokens(visitor, SIGN_IN))["access_token"]
    for path in ("peconnect-demarches/v1/demarches", "peconnect-rendezvousagenda/v2/listerendezvous", "x"):
        refused(await partner.get(path, token), "not_found", 404)
    answer = await partner.http.post(f"/partenaire/{USERINFO}", headers={"Authorization": f"Bearer {token}"})
    refused(answer, "method_not_allowed", 405)


async def test_the_realm_stands_in_the_query_alone(partner: FranceTravailApp, visitor: Visitor) -> None:
    code = (await partner.code(visitor, SIGN_IN))["code"]
    answer = await partner.redeem(code, realm="/employeur")  # in the body it means nothing
    assert answer.status_code == 200


async def test_the_way_back_is_the_registered_one_to_the_letter(
    partner: FranceTravailApp, visitor: Visitor
) -> None:
    back: dict[str, Any] = await partner.code(visitor, SIGN_IN)
    assert urlsplit(back["iss"]).path == "/connexion/oauth2/individu"
    assert back["scope"].split() == SIGN_IN.split()
