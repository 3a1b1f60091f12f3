"""The data APIs, to the letter: what amina shares, in the shapes of its apps; scopes; what is recorded."""

from typing import Any

from idp.francetravail import payloads
from idp.francetravail.apis import APIS, CONTACT_PATH, USERINFO_PATH
from tests.idp.francetravail.app import FranceTravailApp, refused
from tests.idp.support import World
from tests.idp.visitor import NewVisitor, Visitor

CONTRACTS = "peconnect-experiencesprofessionellesdeclareesparlemployeur/v1/contrats"


async def test_userinfo(partner: FranceTravailApp, visitor: Visitor, house: World) -> None:
    token = (await partner.tokens(visitor))["access_token"]
    body = await partner.data("peconnect-individu/v1/userinfo", token)
    assert body == {
        "sub": body["sub"],
        "gender": "female",
        "family_name": "Benali",
        "given_name": "Amina",
        "email": "amina@example.org",
        "idIdentiteExterne": body["sub"],
        "subname": None,
        "updated_at": body["updated_at"],
    }
    assert 1_600_000_000 < body["updated_at"] < house.clock.now() // 1_000_000 + 1
    assert await partner.data("peconnect-individu/v1/userinfo", token, schema="openid") == body
    assert await partner.data("peconnect-individu/v1/userinfo", token, realm="/individu") == body


async def test_userinfo_without_an_address_that_she_keeps(
    partner: FranceTravailApp, visitor: Visitor
) -> None:
    token = (await partner.tokens(visitor, scope=[]))["access_token"]
    assert "email" not in await partner.data("peconnect-individu/v1/userinfo", token)


async def test_the_person(partner: FranceTravailApp, visitor: Visitor) -> None:
    token = (await partner.tokens(visitor))["access_token"]
    assert await partner.data("peconnect-coordonnees/v1/coordonnees", token) == {
        "adresse1": "Appartement 12",
        "adresse4": "8 rue des Lilas",
        "codePostal": "59000",
        "codeINSEE": "59350",
        "libelleCommune": "Lille",
        "codePays": "FR",
        "libellePays": "France",
        "nom": "Benali",
        "prenom": "Amina",
        "email": "amina@example.org",
        "telephone1": "0353011234",
        "statutValidationEmail": "V",
    }
    assert await partner.data("peconnect-datenaissance/v1/etat-civil", token) == {
        "codeCivilite": None,
        "libelleCivilite": None,
        "nomPatronymique": None,
        "nomMarital": None,
        "prenom": None,
        "dateDeNaissance": "1991-04-23T00:00:00+02:00",
    }
    assert await partner.data("peconnect-statut/v1/statut", token) == {
        "codeStatutIndividu": "1",
        "libelleStatutIndividu": "Demandeur d\u2019emploi",
    }
    assert await partner.data("peconnect-indemnisations/v1/indemnisation", token) == {
        "beneficiairePrestationSolidarite": False,
        "beneficiaireAssuranceChomage": True,
    }
    assert await partner.data("peconnect-conseillers/v1/contactspe/conseillers", token) == [
        {
            "nom": "Dumont",
            "prenom": "Claire",
            "civilite": "2",
            "mail": "claire.dumont@example.org",
            "type": "PLACEMENT",
        }
    ]


async def test_the_career(partner: FranceTravailApp, visitor: Visitor) -> None:
    token = (await partner.tokens(visitor))["access_token"]
    skills = await partner.data("peconnect-competences/v2/competences", token)
    assert skills[0] == {
        "code": "300361",
        "libelle": "Accueillir, orienter, renseigner un public",
        "niveau": {"code": "3", "libelle": "Avancé"},
        "type": "S",
    }
    assert skills[8] == {
        "libelle": "Logiciels de prise de rendez-vous en ligne",
        "niveau": {"code": "2", "libelle": "Intermédiaire"},
        "type": "L",
    }
    assert skills[10]["type"] == "Q"
    assert skills[10]["niveau"] == {"code": "0", "libelle": "Non évalué"}
    languages = await partner.data("peconnect-competences/v2/langues", token)
    assert languages[0] == {
        "code": "FR",
        "libelle": "Français",
        "niveau": {"code": "3", "libelle": "Courant"},
    }
    interests = await partner.data("peconnect-competences/v2/interets", token)
    assert interests[0] == {
        "complement": "Alto dans une chorale de quartier depuis 2016",
        "intitule": "Chant",
    }
    trainings = await partner.data("peconnect-formations/v1/formations", token)
    assert trainings[0] == {
        "anneeFin": 2011,
        "diplomeObtenu": True,
        "domaine": {"code": "35054", "libelle": "Secrétariat assistanat"},
        "etranger": False,
        "intitule": "BTS Assistant de manager",
        "lieu": "Lille",
        "niveau": {"code": "NV3", "libelle": "Bac+2 ou équivalent"},
    }
    assert "domaine" not in trainings[2]
    assert "niveau" not in trainings[2]
    assert await partner.data("peconnect-formations/v1/permis", token) == [
        {"code": "B", "libelle": "B - Véhicule léger"}
    ]


async def test_experiences_at_both_addresses(partner: FranceTravailApp, visitor: Visitor) -> None:
    token = (await partner.tokens(visitor))["access_token"]
    jobs = await partner.data("peconnect-experiences/v1/experiencesindividu", token)
    assert jobs[3] == {
        "date": {"debut": "2013-03-01T00:00:00+01:00", "fin": "2015-06-01T00:00:00+02:00"},
        "description": "Accueil du public et billetterie, en français et en anglais.",
        "duree": 28,
        "enPoste": False,
        "entreprise": "Centre culturel des Étangs",
        "etranger": True,
        "intitule": "Employée d’accueil",
        "lieu": "Bruxelles",
    }
    assert await partner.data("peconnect-experiences/v1/experiences", token) == jobs


async def test_the_job_held_now_has_no_end(partner: FranceTravailApp, visitor: Visitor, house: World) -> None:
    await house.put("experiences", title="Vendeuse", start="2026", current=True)
    token = (await partner.tokens(visitor))["access_token"]
    job = (await partner.data("peconnect-experiences/v1/experiencesindividu", token))[-1]
    assert job["date"] == {"debut": "2026-01-01T00:00:00+01:00"}
    assert (job["enPoste"], isinstance(job["duree"], int)) == (True, True)


def test_a_flag_that_nobody_said_is_false_and_one_that_may_not_leave_is_absent() -> None:
    training, job = {"obtained": None, "abroad": None}, {"current": None, "abroad": None}
    assert payloads.trainings([training, {}]) == [{"diplomeObtenu": False, "etranger": False}, {}]
    assert payloads.experiences([job, {}], "2026-01-01") == [{"enPoste": False, "etranger": False}, {}]


async def test_job_targets_are_two_at_most(partner: FranceTravailApp, visitor: Visitor, house: World) -> None:
    await house.put("job_targets", label="Vendeur", rome_code="D1106", rome_label="Vente en alimentation")
    token = (await partner.tokens(visitor))["access_token"]
    targets = await partner.data("peconnect-metiersrecherches/v1/metiersrecherches", token)
    assert len(targets) == 2
    assert targets[0] == {
        "appellation": {"libelle": "Secrétaire médical / Secrétaire médicale", "code": "19397"},
        "rome": {"code": "M1609", "libelle": "Secrétaire médical / Secrétaire médicale"},
        "typologieEmploi": {"libelle": "Métier Recherché", "code": "MR"},
        "contrats": [
            {
                "critereOre": False,
                "priorite": 1,
                "type": {"code": "CDI", "libelle": "CDI", "libelleLong": "Contrat à durée indéterminée"},
            },
            {
                "critereOre": False,
                "priorite": 2,
                "type": {"code": "CDD", "libelle": "CDD", "libelleLong": "Contrat à durée déterminée"},
            },
        ],
        "dureeExperience": {"valeur": 4, "unite": {"code": "AN", "libelle": "An(s)"}},
        "dureesHebdo": [
            {"critereOre": False, "tempsTravail": {"code": "1", "libelle": "temps plein"}},
        ],
        "mobiliteHabitation": {"valeur": 25, "unite": {"code": "KM"}},
        "mobilites": [
            {
                "rayon": 20,
                "lieu": {
                    "code": "59350",
                    "codeDepartement": "59",
                    "codePostal": "59000",
                    "libelle": "Lille",
                    "type": {"code": "5", "libelle": "Commune"},
                },
                "unite": {"code": "KM", "libelle": "Kilomètres"},
            }
        ],
        "salaire": {"remuneration": 1950, "libelle": "Mensuel", "code": "M"},
    }
    read = (await house.events("data.read"))[-1]
    assert (read["scopes"], read["facts"]["count"]) == ("job_targets", 2)


# --- the employers' contracts ----------------------------------------------------------------------------


async def test_contracts_of_a_period(partner: FranceTravailApp, visitor: Visitor, house: World) -> None:
    token = (await partner.tokens(visitor))["access_token"]
    period = {"dateDebutPeriode": "20200101", "dateFinPeriode": "20211231"}
    found = await partner.data(CONTRACTS, token, **period, uniteDureeTravail="h")
    assert [one["dateDebut"] for one in found["contrats"]] == ["20210906", "20180201"]
    assert found["contrats"][1] == {
        "dateDebut": "20180201",
        "dateFin": "20210731",
        "intitulePoste": "Assistant administratif",
        "natureContrat": "CDD",
        "niveauQualification": "Employé qualifié",
        "dureeContrat": "1277",
        "quantiteTravail": "5740",
        "entreprise": {
            "codeApe": "9499Z",
            "nom": "ASSOCIATION HORIZON NORD",
            "regime": "Régime général",
            "secteur": "Privé",
            "siret": "00020034500023",
        },
    }
    read = (await house.events("data.read"))[-1]
    assert (read["facts"]["dataset"], read["facts"]["count"]) == ("contracts", 2)
    only = await partner.data(CONTRACTS, token, **period, natureContrat="CDI")
    assert [one["dateDebut"] for one in only["contrats"]] == ["20210906"]
    assert await partner.data(CONTRACTS, token, **period, dureeTravailMin="6000") == {"contrats": []}
    before = await partner.data(CONTRACTS, token, dateDebutPeriode="19990101", dateFinPeriode="20001231")
    assert before == {"contrats": []}


WRONG_PERIODS: list[tuple[dict[str, str], str]] = [
    ({}, "dateDebutPeriode is missing"),
    ({"dateDebutPeriode": "20200101"}, "dateFinPeriode is missing"),
    ({"dateDebutPeriode": "2020-01-01", "dateFinPeriode": "20200201"}, "YYYYMMDD"),
    ({"dateDebutPeriode": "20200230", "dateFinPeriode": "20200301"}, "YYYYMMDD"),
    ({"dateDebutPeriode": "20200102", "dateFinPeriode": "20200101"}, "before"),
    ({"dateDebutPeriode": "20200101", "dateFinPeriode": "20220102"}, "2 years"),
    ({"dateDebutPeriode": "99990101", "dateFinPeriode": "99991231", "uniteDureeTravail": "j"}, "is h"),
    ({"dateDebutPeriode": "20200101", "dateFinPeriode": "20200102", "dureeTravailMin": "-1"}, "hours"),
]


async def test_a_period_that_is_none_is_refused_by_name(
    partner: FranceTravailApp, visitor: Visitor, house: World
) -> None:
    token = (await partner.tokens(visitor))["access_token"]
    before = len(await house.events("data.read"))
    for query, words in WRONG_PERIODS:
        assert words in refused(await partner.get(CONTRACTS, token, **query), "invalid_period")
    assert len(await house.events("data.read")) == before


async def test_two_years_to_the_day_may_be_asked(partner: FranceTravailApp, visitor: Visitor) -> None:
    token = (await partner.tokens(visitor))["access_token"]
    for start, end in (("20200101", "20220101"), ("20200229", "20220228"), ("20200101", "20200101")):
        await partner.data(CONTRACTS, token, dateDebutPeriode=start, dateFinPeriode=end)


# --- scopes ----------------------------------------------------------------------------------------------


async def test_each_api_names_the_scopes_it_lacks(partner: FranceTravailApp, visitor: Visitor) -> None:
    needed = {path: list(api.need) for path, api in APIS.items()} | {
        USERINFO_PATH: ["api_peconnect-individuv1"],
        CONTACT_PATH: ["api_peconnect-coordonneesv1", "coordonnees"],
    }
    token = (await partner.tokens(visitor, "openid profile"))["access_token"]
    for path, names in needed.items():
        answer = await partner.get(path.removeprefix("/partenaire/"), token)
        said = refused(answer, "insufficient_scope", 403)
        for name in names:
            assert name in said
            assert name in answer.headers["www-authenticate"]


async def test_one_word_of_two_opens_nothing(partner: FranceTravailApp, new_visitor: NewVisitor) -> None:
    path = "peconnect-statut/v1/statut"
    token = (await partner.tokens(new_visitor(), "openid profile statut"))["access_token"]
    assert "api_peconnect-statutv1" in refused(await partner.get(path, token), "insufficient_scope", 403)
    token = (await partner.tokens(new_visitor(), "openid profile api_peconnect-statutv1"))["access_token"]
    said = refused(await partner.get(path, token), "insufficient_scope", 403)
    assert said.startswith("Missing scope: statut.")


async def test_two_words_are_one_line_of_the_screen(partner: FranceTravailApp, visitor: Visitor) -> None:
    url = partner.authorize_url("openid profile api_peconnect-statutv1 statut application_les-emplois")
    page = await visitor.sign_in(await visitor.follow(await visitor.get(url)))
    assert page.text.count('name="scope"') == 1
    assert 'value="status"' in page.text
    assert "peconnect" not in page.text


async def test_what_she_withdraws_is_gone_from_the_next_call_on(
    partner: FranceTravailApp, visitor: Visitor, house: World
) -> None:
    token = (await partner.tokens(visitor))["access_token"]
    path = "peconnect-statut/v1/statut"
    await partner.data(path, token)
    grant = (await house.events("consent.given"))[-1]["grant"]
    await house.revoke_scope(grant, "status")
    refused(await partner.get(path, token), "insufficient_scope", 403)
    await house.revoke(grant)
    refused(await partner.get(path, token), "invalid_token", 401)


async def test_an_item_that_she_holds_back_does_not_leave(
    partner: FranceTravailApp, visitor: Visitor
) -> None:
    token = (await partner.tokens(visitor, hide=["skills:s01", "contracts:c2"]))["access_token"]
    skills = await partner.data("peconnect-competences/v2/competences", token)
    assert "300361" not in {one.get("code") for one in skills}
    period = {"dateDebutPeriode": "20200101", "dateFinPeriode": "20211231"}
    found = await partner.data(CONTRACTS, token, **period)
    assert [one["dateDebut"] for one in found["contrats"]] == ["20210906"]


async def test_names_leave_with_a_contact_only_where_she_shares_them(
    partner: FranceTravailApp, house: World, new_visitor: NewVisitor
) -> None:
    words = "openid api_peconnect-coordonneesv1 coordonnees"
    token = (await partner.tokens(new_visitor(), words))["access_token"]
    body: dict[str, Any] = await partner.data("peconnect-coordonnees/v1/coordonnees", token)
    assert body.keys().isdisjoint({"nom", "prenom"})
    assert (body["email"], body["statutValidationEmail"]) == ("amina@example.org", "P")
    assert (await house.events("data.read"))[-1]["scopes"] == "contact"


async def test_someone_whose_profile_is_almost_empty(partner: FranceTravailApp, visitor: Visitor) -> None:
    page = await visitor.follow(await visitor.get(partner.authorize_url()))
    page = await visitor.sign_in(page, "bruno@example.org")
    back = await visitor.decide(page, scope=["status", "birthdate", "benefits", "contact", "skills"])
    code = back.headers["location"].split("code=")[1].split("&")[0]
    token = (await partner.redeem(code)).json()["access_token"]
    assert (await partner.data("peconnect-statut/v1/statut", token))["codeStatutIndividu"] == "0"
    assert "dateDeNaissance" not in await partner.data("peconnect-datenaissance/v1/etat-civil", token)
    assert await partner.data("peconnect-competences/v2/competences", token) == []
    assert await partner.data("peconnect-indemnisations/v1/indemnisation", token) == {
        "beneficiairePrestationSolidarite": False,
        "beneficiaireAssuranceChomage": False,
    }
