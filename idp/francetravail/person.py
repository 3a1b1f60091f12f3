"""What was released of the person herself, in the same way: who she is, where she lives, what she receives.

An address of mail leaves only once it was confirmed, or says that it was not (`statutValidationEmail`).
"""

import re
from collections.abc import Mapping
from typing import Any

from idp.francetravail.dates import midnight
from idp.francetravail.payloads import JSON, Item, kept

_ADVISERS = {"placement": "PLACEMENT", "cap_emploi": "CAPEMPLOI", "benefits": "INDEMNISATION"}
_CIVILITIES = {"male": "1", "female": "2"}
_GENDERS = frozenset(_CIVILITIES)
# U+2019: an app compares the label to the letter.
_STATUSES = {False: ("0", "Non demandeur d’emploi"), True: ("1", "Demandeur d’emploi")}
_NOT_IN_A_NUMBER = re.compile(r"[ .\-]")
_CONFIRMED, _PROVISIONAL = "V", "P"


def userinfo(subject: str, claims: Mapping[str, Any], email: str | None, updated_at: int) -> JSON:
    """`peconnect-individu/v1/userinfo`. claims: released of `profile`; updated_at: seconds, 0 for unknown."""
    gender = claims.get("gender")
    said = kept(
        sub=subject,
        gender=gender if gender in _GENDERS else None,
        family_name=claims.get("family_name"),
        given_name=claims.get("given_name"),
        email=email,
        idIdentiteExterne=subject,
    )
    return said | {"subname": None, "updated_at": updated_at}


def contact(item: Item | None, claims: Mapping[str, Any], confirmed: str | None) -> JSON:
    """`peconnect-coordonnees/v1/coordonnees`.

    claims: released of `profile`, where it was shared too: the names are not part of a contact. confirmed:
    her confirmed address, where `email` was shared too; it stands in for a contact address that is missing.
    """
    item = item or {}
    phones = [_NOT_IN_A_NUMBER.sub("", phone) for phone in item.get("phones") or ()]
    email = item.get("email") or confirmed
    state = _CONFIRMED if email == confirmed else _PROVISIONAL
    return _lines(item.get("lines") or ()) | kept(
        codePostal=item.get("postal_code"),
        codeINSEE=item.get("insee_code"),
        libelleCommune=item.get("city"),
        codePays=item.get("country_code"),
        libellePays=item.get("country"),
        nom=claims.get("family_name"),
        prenom=claims.get("given_name"),
        email=email,
        telephone1=phones[0] if phones else None,
        telephone2=phones[1] if len(phones) > 1 else None,
        statutValidationEmail=state if email else None,
    )


def _lines(lines: tuple[str, ...] | list[str]) -> JSON:
    """The street stands in the fourth line, what comes before it in the first ones."""
    *before, street = lines or ("",)
    return kept(**{f"adresse{place}": line for place, line in enumerate(before[:3], 1)}) | kept(
        adresse4=street or None
    )


def birthdate(item: Item | None) -> JSON:
    """`peconnect-datenaissance/v1/etat-civil`: one field of it is ever said."""
    unsaid: JSON = dict.fromkeys(
        ("codeCivilite", "libelleCivilite", "nomPatronymique", "nomMarital", "prenom")
    )
    day = (item or {}).get("date")
    return unsaid | kept(dateDeNaissance=day and midnight(day))


def status(item: Item | None) -> JSON:
    """`peconnect-statut/v1/statut`: whoever is not known as a job seeker is none, as in a register."""
    code, label = _STATUSES[bool((item or {}).get("job_seeker"))]
    return {"codeStatutIndividu": code, "libelleStatutIndividu": label}


def benefits(item: Item | None) -> JSON:
    """`peconnect-indemnisations/v1/indemnisation`: what is not known to be received is not."""
    item = item or {}
    return {
        "beneficiairePrestationSolidarite": bool(item.get("solidarity")),
        "beneficiaireAssuranceChomage": bool(item.get("unemployment_insurance")),
    }


def detailed_benefits(item: Item | None) -> JSON:
    """`peconnect-detailindemnisations/v1/indemnisation`, as far as Accord knows: it keeps no amount."""
    item = item or {}
    return {
        "beneficiaireAideSolidarite": bool(item.get("solidarity")),
        "beneficiaireAssuranceChomage": bool(item.get("unemployment_insurance")),
    }


def advisers(items: list[Item]) -> list[JSON]:
    """`peconnect-conseillers/v1/contactspe/conseillers`."""
    return [
        kept(
            nom=item.get("family_name"),
            prenom=item.get("given_name"),
            civilite=_CIVILITIES.get(item.get("gender") or ""),
            mail=item.get("email"),
            type=_ADVISERS.get(item.get("kind") or ""),
        )
        for item in items
    ]
