"""What each data API says of the full persona, field by field: every field that apps know, of its type."""

from collections.abc import Iterator
from typing import Any

import pytest

from consent.catalogue import CATALOGUE
from consent.profile.fields import TRAINING_LEVELS
from idp.francetravail import payloads
from idp.francetravail.apis import APIS, CONTACT_PATH, USERINFO_PATH
from tests.idp.francetravail.app import EVERYTHING, FranceTravailApp, register
from tests.idp.support import World
from tests.idp.visitor import Visitor

WORDS = (
    f"{EVERYTHING} api_peconnect-detailindemnisationsv1 detailindemnisation"
    " api_peconnect-competencesv1 competences"
)
LEVEL = "[].niveau.code [].niveau.libelle"
JOBS = (
    "[].date.debut [].date.fin [].description [].duree:int [].enPoste:bool [].entreprise [].etranger:bool"
    " [].intitule [].lieu"
)
# By path, every field: of texts, unless it says otherwise. `[]` stands for each of a list.
FACTS = {
    "individu/v1/userinfo": "sub gender family_name given_name email idIdentiteExterne subname:null"
    " updated_at:int",
    "coordonnees/v1/coordonnees": "adresse1 adresse2 adresse3 adresse4 codePostal codeINSEE libelleCommune"
    " codePays libellePays nom prenom email telephone1 telephone2 statutValidationEmail",
    "datenaissance/v1/etat-civil": "codeCivilite:null libelleCivilite:null nomPatronymique:null"
    " nomMarital:null prenom:null dateDeNaissance",
    "statut/v1/statut": "codeStatutIndividu libelleStatutIndividu",
    "experiences/v1/experiencesindividu": JOBS,
    "experiences/v1/experiences": JOBS,
    "experiencesprofessionellesdeclareesparlemployeur/v1/contrats": "contrats[].dateDebut contrats[].dateFin"
    " contrats[].intitulePoste contrats[].natureContrat contrats[].niveauQualification"
    " contrats[].dureeContrat contrats[].quantiteTravail contrats[].entreprise.codeApe"
    " contrats[].entreprise.nom contrats[].entreprise.regime contrats[].entreprise.secteur"
    " contrats[].entreprise.siret",
    "competences/v1/competences": "[].codeAppellation [].codeRome",
    "competences/v2/competences": f"[].code [].libelle {LEVEL} [].type",
    "competences/v2/langues": f"[].code [].libelle {LEVEL}",
    "competences/v2/interets": "[].complement [].intitule",
    "formations/v1/formations": "[].anneeFin:int [].description [].diplomeObtenu:bool [].domaine.code"
    f" [].domaine.libelle [].etranger:bool [].intitule [].lieu {LEVEL}",
    "formations/v1/permis": "[].code [].libelle",
    "indemnisations/v1/indemnisation": "beneficiairePrestationSolidarite:bool"
    " beneficiaireAssuranceChomage:bool",
    "detailindemnisations/v1/indemnisation": "beneficiaireAideSolidarite:bool"
    " beneficiaireAssuranceChomage:bool indemnisationJournalierNet dureeReliquat dateReliquat"
    " codeIndemnisation beneficiaireRSA beneficiaireAAH",
    "metiersrecherches/v1/metiersrecherches": "[].appellation.libelle [].appellation.code [].rome.libelle"
    " [].rome.code [].typologieEmploi.libelle [].typologieEmploi.code [].contrats[].critereOre:bool"
    " [].contrats[].priorite:int [].contrats[].type.code [].contrats[].type.libelle"
    " [].contrats[].type.libelleLong [].dureeExperience.valeur:int [].dureeExperience.unite.code"
    " [].dureeExperience.unite.libelle [].dureesHebdo[].critereOre:bool [].dureesHebdo[].tempsTravail.code"
    " [].dureesHebdo[].tempsTravail.libelle [].mobiliteHabitation.valeur:int"
    " [].mobiliteHabitation.unite.code [].mobilites[].rayon:int [].mobilites[].lieu.code"
    " [].mobilites[].lieu.codeDepartement [].mobilites[].lieu.codePostal [].mobilites[].lieu.libelle"
    " [].mobilites[].lieu.type.code [].mobilites[].lieu.type.libelle [].mobilites[].unite.code"
    " [].mobilites[].unite.libelle [].salaire.remuneration:int [].salaire.libelle [].salaire.code",
    "conseillers/v1/contactspe/conseillers": "[].nom [].prenom [].civilite [].mail [].type",
}
# What amina has none of, and what Accord keeps of nobody: amounts, ends and codes of a benefit.
UNSAID = {
    "coordonnees/v1/coordonnees": {"adresse2", "adresse3", "telephone2"},
    "detailindemnisations/v1/indemnisation": {
        "indemnisationJournalierNet", "dureeReliquat", "dateReliquat", "codeIndemnisation",
        "beneficiaireRSA", "beneficiaireAAH",
    },
}  # fmt: skip
PERIOD = {"dateDebutPeriode": "20200101", "dateFinPeriode": "20211231"}


def fields_of(body: Any, name: str = "") -> Iterator[str]:
    """Every field of a payload as the table above writes it."""
    if isinstance(body, dict):
        for key, value in body.items():
            yield from fields_of(value, f"{name}.{key}" if name else key)
    elif isinstance(body, list):
        for one in body:
            yield from fields_of(one, f"{name}[]")
    else:
        kind = {type(None): ":null", bool: ":bool", int: ":int"}.get(type(body), "")
        assert kind or (isinstance(body, str) and body), name
        yield name + kind


async def test_every_api_says_every_field_of_the_full_persona(
    partner: FranceTravailApp, visitor: Visitor, house: World
) -> None:
    await register(house.server, "every-api", WORDS)
    partner.client_id = "every-api"
    token = (await partner.tokens(visitor, WORDS))["access_token"]
    assert {f"/partenaire/peconnect-{path}" for path in FACTS} == {*APIS, CONTACT_PATH, USERINFO_PATH}
    for path, facts in FACTS.items():
        period = PERIOD if path.endswith("contrats") else {}
        said = set(fields_of(await partner.data(f"peconnect-{path}", token, **period)))
        assert said == set(facts.split()) - UNSAID.get(path, set()), path


def test_the_apis_read_all_fourteen_datasets() -> None:
    read = {api.dataset for api in APIS.values()} | {"contact", "identity"}
    assert read == {scope.dataset.name for scope in CATALOGUE.values() if scope.dataset is not None}
    assert len(read) == 14


async def test_a_second_line_and_a_second_phone_have_their_own_fields(
    partner: FranceTravailApp, visitor: Visitor, house: World
) -> None:
    lines = ["Appartement 12", "Résidence du Parc", "Bâtiment B", "8 rue des Lilas"]
    await house.put("contact", lines=lines, phones=["03 53 01 12 34", "03.53-01 12 35"])
    token = (await partner.tokens(visitor))["access_token"]
    body = await partner.data("peconnect-coordonnees/v1/coordonnees", token)
    assert [body[f"adresse{place}"] for place in range(1, 5)] == lines
    assert (body["telephone1"], body["telephone2"]) == ("0353011234", "0353011235")


async def test_skills_of_the_rome_have_a_code_free_ones_none_and_levels_are_0_to_3(
    partner: FranceTravailApp, visitor: Visitor
) -> None:
    token = (await partner.tokens(visitor))["access_token"]
    skills = await partner.data("peconnect-competences/v2/competences", token)
    by_type = {kind: [one for one in skills if one["type"] == kind] for kind in "SLQ"}
    assert all(by_type.values())
    assert all(one["code"].isdigit() for one in by_type["S"])
    assert not any("code" in one for one in by_type["L"])
    levels = {(one["niveau"]["code"], one["niveau"]["libelle"]) for one in skills}
    assert levels == {("0", "Non évalué"), ("1", "Débutant"), ("2", "Intermédiaire"), ("3", "Avancé")}


@pytest.mark.parametrize("code", ["NV1", "NV2", "NV3", "NV4", "NV5", "AFS", "C12", "C3A", "CFG", "CP4"])
def test_every_level_of_a_training(code: str) -> None:
    [said] = payloads.trainings([{"level": code}])
    assert said["niveau"] == {"code": code, "libelle": TRAINING_LEVELS[code]}
