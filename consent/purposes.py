"""Why data may be asked, and on what legal ground: the purposes that exist, sentences in both languages.

The catalogue re-exports the purposes; they stand apart because they are prose.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from foundation.text import N_


@dataclass(frozen=True, slots=True)
class Phrase:
    """A sentence shown to a person, in both languages."""

    fr: str
    en: str

    def in_language(self, tag: str) -> str:
        """The sentence for a language tag; French, the source, for any other than English."""
        return self.en if tag.split("-", maxsplit=1)[0] == "en" else self.fr


@dataclass(frozen=True, slots=True)
class Purpose:
    """A registered purpose: an app that names none of these is refused (GDPR art. 5(1)(b))."""

    code: str
    label: str
    sentence: Phrase


PURPOSES: Mapping[str, Purpose] = MappingProxyType(
    {
        code: Purpose(code, label, Phrase(fr, en))
        for code, label, fr, en in (
            (
                "career_guidance",
                N_("Accompagnement à l’évolution professionnelle"),
                "vous proposer un plan d’action adapté à votre profil",
                "suggest an action plan that fits your profile",
            ),
            (
                "job_matching",
                N_("Recherche d’emploi"),
                "vous proposer des offres d’emploi qui vous correspondent",
                "suggest job offers that suit you",
            ),
            (
                "training_guidance",
                N_("Orientation et formation"),
                "vous proposer des formations qui vous correspondent",
                "suggest courses that suit you",
            ),
            (
                "work_immersion",
                N_("Immersion en entreprise"),
                "organiser une découverte de métier en entreprise",
                "arrange for you to discover a job in a company",
            ),
            (
                "rights_and_benefits",
                N_("Droits et aides"),
                "vérifier les aides auxquelles vous avez droit",
                "check the help that you are entitled to",
            ),
            (
                "recruitment_event",
                N_("Salons et rencontres de recrutement"),
                "préparer vos rencontres avec des employeurs",
                "prepare your meetings with employers",
            ),
            (
                "sign_in",
                N_("Connexion à l’application"),
                "vous reconnaître quand vous revenez",
                "recognise you when you come back",
            ),
        )
    }
)

CONSENT = "consent"


@dataclass(frozen=True, slots=True)
class LawfulBasis:
    """A ground of GDPR art. 6(1). label: French source text; article: where it stands."""

    code: str
    label: str
    article: str


LAWFUL_BASES: Mapping[str, LawfulBasis] = MappingProxyType(
    {
        code: LawfulBasis(code, label, f"6(1)({letter})")
        for code, label, letter in (
            (CONSENT, N_("Autorisation de la personne"), "a"),
            ("contract", N_("Contrat ou service demandé par la personne"), "b"),
            ("legal_obligation", N_("Obligation légale"), "c"),
            ("public_task", N_("Mission d’intérêt public"), "e"),
            ("legitimate_interests", N_("Intérêt légitime de l’organisme"), "f"),
        )
    }
)


@dataclass(frozen=True, slots=True)
class Grounds:
    """On what ground each controller acts (codes of LAWFUL_BASES); nobody speaks for the other.

    disclosure: Accord's, for handing the data over. use: the recipient's, for what it does with them.
    public_body: whether the recipient is one; with it stands recital 43, so it attests `no_detriment`: that
    refusing has no effect on what the person is owed.
    """

    use: str
    disclosure: str = CONSENT
    public_body: bool = False
    no_detriment: bool = False
