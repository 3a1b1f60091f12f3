"""What was released of a career, in the shapes that apps of France Travail Connect parse.

Pure functions of released items (consent/profile/release.py). What was not released or is not known is left
out: several apps refuse null where a text may be absent. Labels are data of the French nomenclatures.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from consent.profile.fields import CONTRACT_TYPES, LANGUAGE_LEVELS, SKILL_LEVELS, TRAINING_LEVELS
from idp.francetravail.dates import compact, midnight, months

Item = Mapping[str, Any]
JSON = dict[str, Any]

_SKILL_TYPES = {"rome": "S", "free": "L", "soft": "Q"}
_LEVEL_CODES = {"unrated": "0", "beginner": "1", "intermediate": "2", "advanced": "3", "fluent": "3"}
_UNRATED = "Non évalué"
_CONTRACT_SHORT = {"DIN": "CDI Intérimaire", "MIS": "Intérim", "SAI": "Saisonnier", "LIB": "Libéral"}
_WORKING_TIMES = {"full": ("1", "temps plein"), "part": ("2", "temps partiel")}
_SALARIES = {
    "hour": ("H", "Horaire"),
    "month": ("M", "Mensuel"),
    "year": ("A", "Annuel"),
    "fee": ("C", "Cachet"),
}


def kept(**fields: Any) -> JSON:  # noqa: ANN401  # JSON
    """The fields that hold something."""
    return {name: value for name, value in fields.items() if value is not None}


def skills(items: Iterable[Item]) -> list[JSON]:
    """`peconnect-competences/v2/competences`."""
    return [
        kept(
            code=item.get("rome_code"),
            libelle=item.get("label"),
            niveau=_level(item.get("level"), SKILL_LEVELS),
            type=_SKILL_TYPES.get(item.get("kind", ""), "S" if item.get("rome_code") else "L"),
        )
        for item in items
    ]


def languages(items: Iterable[Item]) -> list[JSON]:
    """`peconnect-competences/v2/langues`."""
    return [
        kept(
            code=_upper(item.get("code")),
            libelle=item.get("label"),
            niveau=_level(item.get("level"), LANGUAGE_LEVELS),
        )
        for item in items
    ]


def interests(items: Iterable[Item]) -> list[JSON]:
    """`peconnect-competences/v2/interets`."""
    return [kept(complement=item.get("detail"), intitule=item.get("label")) for item in items]


def experiences(items: Iterable[Item], today: str) -> list[JSON]:
    """`peconnect-experiences/v1/experiencesindividu`. today: in Paris, as Accord writes days."""
    return [_experience(item, today) for item in items]


def _experience(item: Item, today: str) -> JSON:
    start, end, current = item.get("start"), item.get("end"), item.get("current")
    if current:
        end = None
    until = today if current else end
    dates = kept(debut=start and midnight(start), fin=end and midnight(end))
    return kept(
        date=dates or None,
        description=item.get("description"),
        duree=months(start, until) if start and until and start <= until else None,
        enPoste=_flag(item, "current"),
        entreprise=item.get("company"),
        etranger=_flag(item, "abroad"),
        intitule=item.get("title"),
        lieu=item.get("place"),
    )


def contracts(items: Iterable[Item]) -> JSON:
    """`…declareesparlemployeur/v1/contrats`; numbers are texts there."""
    return {"contrats": [_contract(item) for item in items]}


def _contract(item: Item) -> JSON:
    start, end = item.get("start"), item.get("end")
    company = kept(
        codeApe=item.get("ape_code"),
        nom=item.get("company"),
        regime=item.get("scheme"),
        secteur=item.get("sector"),
        siret=item.get("siret"),
    )
    return kept(
        dateDebut=start and compact(start),
        dateFin=end and compact(end),
        intitulePoste=item.get("job_title"),
        natureContrat=item.get("nature"),
        niveauQualification=item.get("qualification"),
        dureeContrat=_text(item.get("days")),
        quantiteTravail=_text(item.get("hours")),
        entreprise=company or None,
    )


def trainings(items: Iterable[Item]) -> list[JSON]:
    """`peconnect-formations/v1/formations`; a domain has both its code and its label, or none."""
    return [
        kept(
            anneeFin=item.get("end_year"),
            description=item.get("description"),
            diplomeObtenu=_flag(item, "obtained"),
            domaine=_pair(item.get("domain_code"), item.get("domain")),
            etranger=_flag(item, "abroad"),
            intitule=item.get("title"),
            lieu=item.get("place"),
            niveau=_pair(item.get("level"), TRAINING_LEVELS.get(item.get("level") or "")),
        )
        for item in items
    ]


def licences(items: Iterable[Item]) -> list[JSON]:
    """`peconnect-formations/v1/permis`."""
    return [kept(code=item.get("code"), libelle=item.get("label")) for item in items]


def job_targets(items: Iterable[Item]) -> list[JSON]:
    """`peconnect-metiersrecherches/v1/metiersrecherches`."""
    return [_target(item) for item in items]


def job_codes(items: Iterable[Item]) -> list[JSON]:
    """`peconnect-competences/v1/competences`, as older apps know it."""
    return [{"codeAppellation": item["appellation_code"], "codeRome": item["rome_code"]} for item in items]


def _target(item: Item) -> JSON:
    contracts_ = [_wished(place, code) for place, code in enumerate(item.get("contract_types") or (), 1)]
    years, distance = item.get("experience_years"), item.get("max_distance_km")
    time = _WORKING_TIMES.get(item.get("working_time") or "")
    return kept(
        appellation=kept(libelle=item.get("label"), code=item.get("appellation_code")) or None,
        rome=_pair(item.get("rome_code"), item.get("rome_label")),
        typologieEmploi={"libelle": "Métier Recherché", "code": "MR"},
        contrats=contracts_ or None,
        dureeExperience=_measured(years, {"code": "AN", "libelle": "An(s)"}),
        dureesHebdo=[{"critereOre": False, "tempsTravail": _pair(*time)}] if time else None,
        mobiliteHabitation=_measured(distance, {"code": "KM"}),
        mobilites=[_mobility(place) for place in item.get("places") or ()] or None,
        salaire=_salary(item.get("salary"), item.get("salary_period")),
    )


def _wished(priority: int, code: str) -> JSON:
    labels = {"libelle": _CONTRACT_SHORT.get(code, code), "libelleLong": CONTRACT_TYPES[code]}
    return {"critereOre": False, "priorite": priority, "type": {"code": code} | labels}


def _mobility(place: Item) -> JSON:
    insee, postal = place.get("insee_code"), place.get("postal_code")
    where = kept(
        code=insee or postal or "",
        codeDepartement=_department(insee),
        codePostal=postal,
        libelle=place.get("label"),
        type={"code": "5", "libelle": "Commune"},
    )
    unit = {"code": "KM", "libelle": "Kilomètres"}
    return {"rayon": place.get("radius_km") or 0, "lieu": where, "unite": unit}


def _department(insee: str | None) -> str | None:
    """The department of a commune: overseas, three digits."""
    return None if insee is None else insee[: 3 if insee.startswith("97") else 2]


def _salary(amount: int | None, period: str | None) -> JSON | None:
    said = _SALARIES.get(period or "")
    if amount is None or said is None:
        return None
    return {"remuneration": amount, "libelle": said[1], "code": said[0]}


def _level(level: str | None, labels: Mapping[str, str]) -> JSON | None:
    if level is None:
        return None
    return {"code": _LEVEL_CODES[level], "libelle": _UNRATED if level == "unrated" else labels[level]}


def _flag(item: Item, name: str) -> bool | None:
    """A flag that may leave: apps insist on each, and what nobody said is not so. None: it may not leave."""
    return bool(item[name]) if name in item else None


def _pair(code: str | None, label: str | None) -> JSON | None:
    return {"code": code, "libelle": label} if code and label else None


def _measured(value: int | None, unit: JSON) -> JSON | None:
    return None if value is None else {"valeur": value, "unite": unit}


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)


def _upper(code: str | None) -> str | None:
    return None if code is None else code.upper()
