"""The fields of each dataset: what a release may hold, and the words by which a page shows it.

The order here is the order in a release and on a page. A field that is not listed is never released.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from foundation.text import N_


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an item.

    label: French source text. kind: how a page shows the value: "text", "prose" (several lines), "date"
    (YYYY, YYYY-MM or YYYY-MM-DD), "choice" (one of `values`), "choices" (several), "flag" (true or false),
    "number", "list" (of texts), "places". values: stored value -> French source text. since: edition of
    the scope in which it came; a consent given to an earlier edition does not let it out.
    """

    name: str
    label: str
    kind: str = "text"
    values: Mapping[str, str] = field(default_factory=dict)
    since: int = 1


@dataclass(frozen=True, slots=True)
class Dataset:
    """A list of items of one kind. single: the person has at most one."""

    name: str
    fields: tuple[Field, ...]
    single: bool = False


GENDERS = {"female": N_("Femme"), "male": N_("Homme"), "other": N_("Autre")}
CIVILITIES = {"female": N_("Madame"), "male": N_("Monsieur")}
SKILL_KINDS = {
    "rome": N_("Compétence du référentiel ROME"),
    "free": N_("Compétence décrite librement"),
    "soft": N_("Savoir-être professionnel"),
}
SKILL_LEVELS = {
    "unrated": N_("Niveau non évalué"),
    "beginner": N_("Débutant"),
    "intermediate": N_("Intermédiaire"),
    "advanced": N_("Avancé"),
}
LANGUAGE_LEVELS = {
    "unrated": N_("Niveau non évalué"),
    "beginner": N_("Débutant"),
    "intermediate": N_("Intermédiaire"),
    "fluent": N_("Courant"),
}
# Codes of France Travail's own nomenclatures, which apps already know.
TRAINING_LEVELS = {
    "NV1": N_("Bac+5 et plus ou équivalent"),
    "NV2": N_("Bac+3, Bac+4 ou équivalent"),
    "NV3": N_("Bac+2 ou équivalent"),
    "NV4": N_("Bac ou équivalent"),
    "NV5": N_("CAP, BEP ou équivalent"),
    "C12": N_("2nde ou 1re achevée"),
    "C3A": N_("BEPC ou 3e achevée"),
    "CFG": N_("4e achevée"),
    "CP4": N_("Primaire à 4e"),
    "AFS": N_("Aucune formation scolaire"),
}
CONTRACT_TYPES = {
    "CDI": N_("Contrat à durée indéterminée"),
    "CDD": N_("Contrat à durée déterminée"),
    "MIS": N_("Mission d’intérim"),
    "SAI": N_("Contrat de travail saisonnier"),
    "DDI": N_("Contrat à durée déterminée d’insertion"),
    "DIN": N_("CDI intérimaire"),
    "LIB": N_("Profession libérale"),
    "CCE": N_("Profession commerciale"),
    "FRA": N_("Franchise"),
}
WORKING_TIMES = {"full": N_("Temps plein"), "part": N_("Temps partiel")}
SALARY_PERIODS = {
    "hour": N_("par heure"),
    "month": N_("par mois"),
    "year": N_("par an"),
    "fee": N_("par cachet"),
}
ADVISER_KINDS = {
    "placement": N_("Placement"),
    "cap_emploi": N_("Cap emploi"),
    "benefits": N_("Indemnisation"),
}

_FIELDS: dict[str, tuple[Field, ...]] = {
    "identity": (
        Field("given_name", N_("Prénom")),
        Field("family_name", N_("Nom")),
        Field("gender", N_("Genre"), "choice", GENDERS),
    ),
    "skills": (
        Field("label", N_("Compétence")),
        Field("level", N_("Niveau"), "choice", SKILL_LEVELS),
        Field("kind", N_("Nature"), "choice", SKILL_KINDS),
        Field("rome_code", N_("Code ROME")),
    ),
    "languages": (
        Field("label", N_("Langue")),
        Field("level", N_("Niveau"), "choice", LANGUAGE_LEVELS),
        Field("code", N_("Code")),
    ),
    "interests": (
        Field("label", N_("Centre d’intérêt")),
        Field("detail", N_("Précision"), "prose"),
    ),
    "experiences": (
        Field("title", N_("Poste")),
        Field("company", N_("Entreprise")),
        Field("place", N_("Lieu")),
        Field("start", N_("Début"), "date"),
        Field("end", N_("Fin"), "date"),
        Field("current", N_("En poste actuellement"), "flag"),
        Field("abroad", N_("À l’étranger"), "flag"),
        Field("description", N_("Description"), "prose"),
        Field("rome_code", N_("Code ROME")),
    ),
    "contracts": (
        Field("job_title", N_("Intitulé du poste")),
        Field("nature", N_("Nature du contrat")),
        Field("qualification", N_("Qualification")),
        Field("start", N_("Début"), "date"),
        Field("end", N_("Fin"), "date"),
        Field("days", N_("Durée en jours"), "number"),
        Field("hours", N_("Heures travaillées"), "number"),
        Field("company", N_("Employeur")),
        Field("siret", N_("SIRET")),
        Field("ape_code", N_("Code APE")),
        Field("sector", N_("Secteur")),
        Field("scheme", N_("Régime")),
    ),
    "trainings": (
        Field("title", N_("Formation")),
        Field("level", N_("Niveau"), "choice", TRAINING_LEVELS),
        Field("domain", N_("Domaine")),
        Field("domain_code", N_("Code du domaine")),
        Field("end_year", N_("Année de fin"), "number"),
        Field("obtained", N_("Diplôme obtenu"), "flag"),
        Field("place", N_("Lieu")),
        Field("abroad", N_("À l’étranger"), "flag"),
        Field("description", N_("Description"), "prose"),
    ),
    "licences": (
        Field("label", N_("Permis")),
        Field("code", N_("Catégorie")),
    ),
    "job_targets": (
        Field("label", N_("Métier recherché")),
        Field("appellation_code", N_("Code de l’appellation")),
        Field("rome_label", N_("Fiche ROME")),
        Field("rome_code", N_("Code ROME")),
        Field("contract_types", N_("Contrats souhaités"), "choices", CONTRACT_TYPES),
        Field("working_time", N_("Temps de travail"), "choice", WORKING_TIMES),
        Field("experience_years", N_("Années d’expérience"), "number"),
        Field("max_distance_km", N_("Distance du domicile, en km"), "number"),
        Field("places", N_("Lieux"), "places"),
        Field("salary", N_("Salaire souhaité, en euros"), "number"),
        Field("salary_period", N_("Période du salaire"), "choice", SALARY_PERIODS),
    ),
    "contact": (
        Field("lines", N_("Adresse"), "list"),
        Field("postal_code", N_("Code postal")),
        Field("city", N_("Commune")),
        Field("insee_code", N_("Code INSEE")),
        Field("country", N_("Pays")),
        Field("country_code", N_("Code du pays")),
        Field("phones", N_("Téléphones"), "list"),
        Field("email", N_("Adresse e-mail de contact")),
    ),
    "birthdate": (Field("date", N_("Date de naissance"), "date"),),
    "status": (
        Field("job_seeker", N_("Demandeur d’emploi"), "flag"),
        Field("since", N_("Depuis"), "date"),
    ),
    "benefits": (
        Field("unemployment_insurance", N_("Assurance chômage"), "flag"),
        Field("solidarity", N_("Prestation de solidarité"), "flag"),
    ),
    "advisers": (
        Field("kind", N_("Rôle"), "choice", ADVISER_KINDS),
        Field("gender", N_("Civilité"), "choice", CIVILITIES, since=2),
        Field("given_name", N_("Prénom")),
        Field("family_name", N_("Nom")),
        Field("email", N_("Adresse e-mail")),
    ),
}
_SINGLE = {"identity", "contact", "birthdate", "status", "benefits"}

DATASETS: Mapping[str, Dataset] = MappingProxyType(
    {name: Dataset(name, fields, name in _SINGLE) for name, fields in _FIELDS.items()}
)
