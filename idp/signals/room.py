"""What the assembler registers: templates, words of errors."""

from pathlib import Path

from foundation.text import N_
from foundation.web.errors import ErrorWords
from foundation.web.kit import NavItem, Room

ROOM = Room("signals", Path(__file__).parent)
NAVIGATION = (NavItem(N_("Livraisons"), "/audit/signals", "auditor"),)
ERRORS = (
    ErrorWords(
        "bad_authorization",
        N_("Cet en-tête ne peut pas être envoyé"),
        N_("L’en-tête Authorization se compose de 1 000 caractères ASCII au plus, sans espace au bord."),
    ),
    ErrorWords(
        "bad_attestation",
        N_("Cette déclaration d’effacement ne convient pas"),
        N_(
            "La date est passée et suit la fin de l’autorisation ; les mots, s’il y en a, tiennent en une"
            " ligne de 500 caractères."
        ),
    ),
    ErrorWords(
        "unknown_signal",
        N_("Nous ne connaissons pas cet événement"),
        N_(
            "Son numéro, ou celui de l’autorisation, n’est pas de ceux dont cette application a été prévenue."
        ),
    ),
)
