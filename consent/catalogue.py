"""What can be shared, scope by scope: the words a person reads, and the data an app gets.

A scope lets out the fields of one dataset, or claims about the account (OpenID Connect Core section 5.4).
Labels are French source texts, translated by pages. Reasons and purposes are written in both languages
here, as partners write theirs, because they enter what a person agreed to.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from consent.profile.fields import DATASETS, Dataset, Field
from consent.purposes import PURPOSES, Phrase, Purpose
from foundation.text import N_

__all__ = ["CATALOGUE", "OFFLINE", "PURPOSES", "Phrase", "Purpose", "Scope", "Sensitivity", "served_by"]


class Sensitivity(StrEnum):
    """How much harm a leak of this would do."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    VERY_HIGH = "very_high"


@dataclass(frozen=True, slots=True)
class Scope:
    """One line of the consent screen.

    label: its name; contents: what is in it (French source texts). reason: why an app would ask, when it
    does not say. dataset: what a grant of it releases, None for claims about the account. claims: OpenID
    Connect claims it opens. free_text: may hold words that reveal health, union or belief (GDPR art. 9).
    third_parties: holds data about other people. box: False when it is never a choice of its own.
    writes: name of the dataset that it lets an app add to; such a scope releases nothing.
    edition: raised when a field is added; older consents keep releasing what they were given for.
    """

    name: str
    label: str
    contents: str
    sensitivity: Sensitivity
    reason: Phrase
    dataset: Dataset | None = None
    claims: tuple[str, ...] = ()
    free_text: bool = False
    third_parties: bool = False
    box: bool = True
    writes: str = ""
    edition: int = 1

    @property
    def path(self) -> str:
        """The last segment of its address in the data API (`job-targets`)."""
        return self.name.replace("_", "-")

    @property
    def selectable(self) -> bool:
        """Whether its items can be held back one by one."""
        return self.dataset is not None and not self.dataset.single

    def fields(self, edition: int) -> tuple[Field, ...]:
        """What a consent to `edition` of this scope lets out."""
        return () if self.dataset is None else tuple(f for f in self.dataset.fields if f.since <= edition)


def _data(
    name: str,
    *texts: str,
    sensitivity: Sensitivity = Sensitivity.MEDIUM,
    free_text: bool = False,
    third_parties: bool = False,
    edition: int = 1,
) -> Scope:
    """A scope over the dataset of the same name. texts: label, contents, reason in French and in English."""
    label, contents, reason_fr, reason_en = texts
    return Scope(
        name,
        label,
        contents,
        sensitivity,
        Phrase(reason_fr, reason_en),
        DATASETS[name],
        free_text=free_text,
        third_parties=third_parties,
        edition=edition,
    )


_IDENTITY = (
    Scope(
        "openid",
        N_("Identifiant"),
        N_("Un numéro propre à cette application, qui ne dit pas qui vous êtes"),
        Sensitivity.LOW,
        Phrase("pour vous reconnaître d’une visite à l’autre", "to recognise you from one visit to the next"),
        claims=("sub",),
    ),
    Scope(
        "profile",
        N_("Identité"),
        N_("Votre prénom, votre nom et votre genre"),
        Sensitivity.MEDIUM,
        Phrase("pour créer votre espace à votre nom", "to create your space in your name"),
        DATASETS["identity"],
        claims=("name", "given_name", "family_name", "gender"),
    ),
    Scope(
        "email",
        N_("Adresse e-mail"),
        N_("L’adresse e-mail de votre compte, si vous l’avez confirmée"),
        Sensitivity.MEDIUM,
        Phrase("pour vous écrire", "to write to you"),
        claims=("email", "email_verified"),
    ),
    Scope(
        "offline_access",
        N_("Accès en votre absence"),
        N_("L’application peut lire vos données sans que vous soyez là, jusqu’à la date choisie"),
        Sensitivity.HIGH,
        Phrase("pour tenir votre espace à jour", "to keep your space up to date"),
        box=False,
    ),
)
_CAREER = (
    _data(
        "skills",
        N_("Compétences"),
        N_("Vos compétences et leur niveau"),
        "pour repérer les métiers proches du vôtre",
        "to find jobs close to yours",
        free_text=True,
    ),
    _data(
        "languages",
        N_("Langues"),
        N_("Les langues que vous parlez et leur niveau"),
        "pour tenir compte des langues que vous parlez",
        "to take into account the languages you speak",
        sensitivity=Sensitivity.LOW,
    ),
    _data(
        "interests",
        N_("Centres d’intérêt"),
        N_("Vos centres d’intérêt, avec vos propres mots"),
        "pour mieux vous connaître",
        "to know you better",
        free_text=True,
    ),
    _data(
        "experiences",
        N_("Expériences professionnelles"),
        N_("Les emplois que vous avez déclarés : poste, entreprise, dates, description"),
        "pour comprendre votre parcours",
        "to understand your career",
        free_text=True,
    ),
    _data(
        "contracts",
        N_("Contrats déclarés par l’employeur"),
        N_("Les contrats déclarés par vos employeurs : poste, dates, durée, employeur et SIRET"),
        "pour attester votre expérience",
        "to confirm your experience",
        sensitivity=Sensitivity.HIGH,
    ),
    _data(
        "trainings",
        N_("Formations"),
        N_("Vos diplômes et vos formations"),
        "pour proposer des formations de votre niveau",
        "to suggest courses at your level",
        free_text=True,
    ),
    _data(
        "licences",
        N_("Permis"),
        N_("Vos permis de conduire"),
        "pour tenir compte des emplois qui demandent un permis",
        "to take into account jobs that need a licence",
        sensitivity=Sensitivity.LOW,
    ),
    _data(
        "job_targets",
        N_("Métiers recherchés"),
        N_("Les métiers que vous recherchez : contrat, lieux, salaire souhaité"),
        "pour travailler sur les métiers qui vous intéressent",
        "to work on the jobs that interest you",
    ),
)
_PERSON = (
    _data(
        "contact",
        N_("Coordonnées"),
        N_("Votre adresse postale, vos téléphones et votre e-mail de contact"),
        "pour vous joindre",
        "to reach you",
        sensitivity=Sensitivity.HIGH,
    ),
    _data(
        "birthdate",
        N_("Date de naissance"),
        N_("Votre date de naissance"),
        "pour vérifier les aides liées à votre âge",
        "to check the help available at your age",
        sensitivity=Sensitivity.HIGH,
    ),
    _data(
        "status",
        N_("Statut de demandeur d’emploi"),
        N_("Si vous êtes inscrit comme demandeur d’emploi, et depuis quand"),
        "pour vérifier que le service vous est ouvert",
        "to check that the service is open to you",
        sensitivity=Sensitivity.HIGH,
    ),
    _data(
        "benefits",
        N_("Indemnisations"),
        N_("Si vous recevez une allocation, sans aucun montant"),
        "pour vérifier que le service vous est ouvert",
        "to check that the service is open to you",
        sensitivity=Sensitivity.VERY_HIGH,
    ),
    _data(
        "advisers",
        N_("Conseillers"),
        N_("Le nom, la civilité et l’e-mail des professionnels qui vous suivent"),
        "pour échanger avec votre conseiller",
        "to exchange with your adviser",
        sensitivity=Sensitivity.HIGH,
        third_parties=True,
        edition=2,
    ),
)
_WRITING = (
    Scope(
        "skills:write",
        N_("Ajout de compétences"),
        N_("L’application peut ajouter des compétences à votre profil ; vous les voyez et les retirez"),
        Sensitivity.HIGH,
        Phrase(
            "pour noter dans votre profil ce que vous y apprenez",
            "to note in your profile what you learn there",
        ),
        writes="skills",
    ),
)
# In the order of the screen.
CATALOGUE: Mapping[str, Scope] = MappingProxyType(
    {scope.name: scope for scope in _IDENTITY + _CAREER + _PERSON + _WRITING}
)
OFFLINE = "offline_access"


def served_by(path: str) -> Scope | None:
    """The scope whose data the API serves under `path` (`job-targets`), or None."""
    return _BY_PATH.get(path)


_BY_PATH = {scope.path: scope for scope in CATALOGUE.values() if scope.dataset is not None and scope.box}
del _BY_PATH["profile"]  # its data are the claims of the userinfo endpoint
