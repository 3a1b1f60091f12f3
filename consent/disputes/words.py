"""How this room's events and errors are told to people."""

from collections.abc import Mapping

from foundation.text import N_
from foundation.web.errors import ErrorWords

# As in consent/pages/words.py: what a person reads of each, and its drawing.
EVENTS: Mapping[str, tuple[str, str]] = {
    "dispute.opened": (N_("Vous avez signalé un accès"), "warn"),
    "dispute.read": (N_("Votre signalement a été lu"), "eye"),
    "dispute.answered": (N_("Réponse à votre signalement"), "info"),
    "dispute.closed": (N_("Signalement clos"), "ok"),
}
ERRORS = (
    ErrorWords(
        "too_many_disputes",
        N_("Vous avez déjà beaucoup de signalements en attente"),
        N_("Nous répondons d’abord à ceux-là. Pour arrêter un accès, ouvrez « Mes applications »."),
        N_("Voir mes applications"),
        "/account/apps",
    ),
    ErrorWords(
        "dispute_too_long",
        N_("Ce texte est trop long"),
        N_("Rien n’a été envoyé. Revenez en arrière et raccourcissez-le."),
    ),
)
