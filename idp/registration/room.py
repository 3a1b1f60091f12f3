"""The words of this room's errors, for `/errors` and its pages."""

from pathlib import Path

from foundation.text import N_
from foundation.web.errors import ErrorWords
from foundation.web.kit import Room

ROOM = Room("registration", Path(__file__).parent)
ERRORS = (
    ErrorWords(
        "invalid_redirect_uri",
        N_("Une adresse de retour ne peut pas être enregistrée"),
        N_(
            "Elle n’est pas en https, sort de ce que permet le type de l’application, ou n’est pas celle"
            " d’un seul site. La réponse dit pourquoi."
        ),
    ),
    ErrorWords(
        "invalid_software_statement",
        N_("L’attestation du logiciel ne peut pas être crue"),
        N_("Sa signature, son destinataire ou sa durée ne convient pas. La réponse dit quoi."),
    ),
    ErrorWords(
        "unapproved_software_statement",
        N_("L’attestation du logiciel vient de quelqu’un que nous ne connaissons pas"),
        N_("L’opérateur de ce serveur choisit de qui les attestations comptent."),
    ),
    ErrorWords(
        "bad_client_document",
        N_("L’adresse de cette application ne dit pas qui elle est"),
        N_(
            "Ce serveur n’a rien pu y lire, ou ce qu’il y a lu ne convient pas. Rien n’a été partagé."
            " Repartez de l’application, ou prévenez-la."
        ),
    ),
    ErrorWords(
        "too_many_documents",
        N_("Trop d’applications nouvelles en peu de temps"),
        N_("Rien n’a été partagé. Attendez un quart d’heure, puis repartez de l’application."),
    ),
    ErrorWords(
        "too_many_registrations",
        N_("Trop d’applications enregistrées en peu de temps"),
        N_("Rien n’a été gardé. L’en-tête Retry-After dit combien de secondes attendre."),
    ),
)
