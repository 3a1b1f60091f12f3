"""The register of processing (GDPR art. 30(1)), made of what the server enforces: apps, catalogue, settings.

What it says cannot drift from what happens: purposes and categories are those that requests are held to,
terms are those of the settings.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from consent.abroad import SAFEGUARDS, Transfers
from consent.catalogue import CATALOGUE, PURPOSES
from consent.pages.abroad import country_names
from consent.purposes import LAWFUL_BASES
from consent.requests import kept_for
from consent.rights import csv_files
from consent.rights.document import iso
from foundation.settings import Settings
from foundation.text import N_
from idp.clients.registry import Client

FORMAT, VERSION = "accord-register", 1
_COLUMNS = (
    "id",
    "app",
    "purpose",
    "lawful_basis",
    "recipient_basis",
    "subjects",
    "data",
    "recipients",
    "transfers",
    "automated",
    "retention",
    "security",
    "state",
    "contact",
    "privacy_url",
    "verified_on",
)
_SUBJECTS = N_("Demandeurs d’emploi et autres titulaires d’un compte")
_SECURITY = N_(
    "Chiffrement (AES-256-GCM) sous une clé par personne, secrets hachés, accès par rôle, chaque lecture"
    " inscrite dans un journal dont l’intégrité se vérifie"
)
_TRANSFERS = N_("Aucun par le logiciel ; l’hébergement relève de l’exploitant")
_OURSELVES = N_("Le service lui-même")
_SERVICE = N_("Service demandé par la personne (art. 6-1-b)")
_MONTHS_GO = {
    True: N_("Un mois à son terme part en entier, de lui-même ; ses empreintes et ses preuves restent."),
    False: N_(
        "Un mois à son terme part en entier, quand l’exploitant le retire ; ses empreintes et ses preuves"
        " restent."
    ),
}
_ERASED = N_(
    "Dès l’effacement d’un compte, plus rien ne dit de qui parlaient ses lignes, et leur contenu ne s’ouvre"
    " plus."
)
_UNDECLARED = N_("Non déclarée")


@dataclass(frozen=True, slots=True)
class Reader:
    """In which language the register is read. translate: French text -> theirs. tag: BCP 47."""

    translate: Callable[[str], str]
    tag: str = "fr"


FRENCH = Reader(str)


def register(
    settings: Settings, clients: Iterable[Client], now: int, reader: Reader = FRENCH
) -> dict[str, Any]:
    """The register, as one document."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "generated_at": iso(now),
        "controller": {
            "name": settings.holder_name,
            "service": settings.issuer_url,
            "contact": settings.holder_contact or settings.mail_from,
        },
        "activities": [*_own(settings, reader), *(_disclosure(client, reader) for client in clients)],
    }


def as_csv(document: Mapping[str, Any]) -> bytes:
    """The register for a spreadsheet: a line an activity."""
    rows = [[one.get(name) for name in _COLUMNS] for one in document["activities"]]
    return csv_files.MARK + csv_files.lines([_COLUMNS, *rows])


def _own(settings: Settings, reader: Reader) -> Iterator[dict[str, Any]]:
    """What this server does by itself."""
    t, years = reader.translate, settings.evidence_years
    until_proven = t(N_("%(years)s ans après la fin de chaque autorisation")) % {"years": years}
    address, choices, receipts = t(N_("Adresse e-mail")), t(N_("Choix par donnée")), t(N_("Reçus signés"))
    pseudonym = t(N_("Pseudonyme"))
    yield _activity(reader, "accounts", N_("Tenir les comptes et ouvrir les sessions"), _SERVICE) | {
        "data": [address, t(N_("Mot de passe (haché)")), t(N_("Appareils connectés"))],
        "retention": t(N_("Jusqu’à l’effacement du compte")),
    }
    yield _activity(reader, "profile", N_("Tenir le profil que la personne peut partager"), _SERVICE) | {
        "data": [t(scope.label) for scope in CATALOGUE.values() if scope.dataset is not None],
        "retention": t(N_("Jusqu’à ce que la personne retire l’élément ou efface son compte")),
    }
    duty = N_("Obligation légale (art. 6-1-c)")
    yield _activity(reader, "consent-records", N_("Prouver les autorisations (art. 7-1)"), duty) | {
        "data": [pseudonym, choices, receipts],
        "retention": until_proven,
    }
    claims = N_("Exercice ou défense de droits en justice (art. 17-3-e)")
    gone = N_("Garder, sous une clé à part, la preuve des accords d’une personne effacée")
    yield _activity(reader, "evidence", gone, claims) | {
        "data": [address, choices, receipts],
        "retention": until_proven,
    }
    yield from _logs(settings, reader)


def _logs(settings: Settings, reader: Reader) -> Iterator[dict[str, Any]]:
    """The two logs, the term of each, and who ends it: a register that announces more would be a lie."""
    t = reader.translate
    interest = N_("Intérêt légitime à protéger les données (art. 6-1-f)")
    pseudonym = t(N_("Pseudonyme"))
    today = f"{t(_MONTHS_GO[settings.retire_automatically])} {t(_ERASED)}"
    due = t(N_("Terme : %(years)s ans après la fin de la dernière autorisation du mois."))
    due %= {"years": settings.evidence_years}
    yield _activity(reader, "audit-log", N_("Inscrire chaque accès aux données"), interest) | {
        "data": [pseudonym, t(N_("Opération, application, champs lus"))],
        "retention": f"{due} {today}",
    }
    due = t(N_("Terme : %(months)s mois ; la CNIL recommande de 6 à 12 mois."))
    due %= {"months": settings.security_log_months}
    watched = N_("Tenir le journal de sécurité : connexions, appareils, jetons, consultations du journal")
    yield _activity(reader, "security-log", watched, interest) | {
        "data": [pseudonym, t(N_("Opération, résultat, application"))],
        "retention": f"{due} {today}",
    }


def _abroad(transfers: Transfers, reader: Reader) -> str:
    safeguard = SAFEGUARDS[transfers.safeguard]
    label = f"{reader.translate(safeguard.label)}, art. {safeguard.article}"
    return f"{country_names(transfers.countries, reader.tag)} ({label})"


def _disclosure(client: Client, reader: Reader) -> dict[str, Any]:
    """What is handed to one app when a person agrees to it."""
    metadata, t = client.metadata, reader.translate
    scopes = {name: CATALOGUE[name] for name in metadata.scopes if name in CATALOGUE}
    purpose = PURPOSES[metadata.purpose_code]
    sentence, declared = metadata.purpose or purpose.sentence, metadata.retention or metadata.retention_days
    kept = kept_for(metadata.retention, metadata.retention_days)
    told = f"{t(purpose.label)} – {sentence.in_language(reader.tag)}"
    return _activity(reader, f"disclosure:{client.id}", told, _basis(metadata.disclosure_basis)) | {
        "client_id": client.id,
        "app": metadata.name,
        "state": "suspended" if client.suspended else "active",
        "recipient_basis": t(_basis(metadata.use_basis)),
        "data": [t(scope.label) for scope in scopes.values()],
        "required": list(metadata.required_scopes),
        "optional": list(metadata.optional_scopes),
        "fields": {
            name: [field.name for field in scope.dataset.fields]
            for name, scope in scopes.items()
            if scope.dataset is not None
        },
        "recipients": [metadata.legal_entity or metadata.name],
        "retention": kept.in_language(reader.tag) if declared else t(_UNDECLARED),
        "transfers": t(_TRANSFERS) if metadata.transfers is None else _abroad(metadata.transfers, reader),
        "automated": metadata.automated.in_language(reader.tag) if metadata.automated else None,
        "contact": metadata.contact,
        "privacy_url": metadata.privacy_url,
        "verified_on": metadata.verified_on or None,
    }


def _activity(reader: Reader, code: str, purpose: str, basis: str) -> dict[str, Any]:
    t = reader.translate
    return {
        "id": code,
        "app": None,
        "state": "active",
        "purpose": t(purpose),
        "lawful_basis": t(basis),
        "subjects": t(_SUBJECTS),
        "recipients": [t(_OURSELVES)],
        "transfers": t(_TRANSFERS),
        "automated": None,
        "security": t(_SECURITY),
    }


def _basis(code: str) -> str:
    return LAWFUL_BASES[code].label if code in LAWFUL_BASES else _UNDECLARED
