"""The room's words: how what an app is told when it polls is explained to its developer."""

from pathlib import Path

from foundation.text import N_
from foundation.web.errors import ErrorWords
from foundation.web.kit import Room

ROOM = Room("polling", Path(__file__).parent)  # its words alone
ERRORS = (
    ErrorWords(
        "authorization_pending",
        N_("La personne n’a pas encore répondu"),
        N_("L’application redemande après l’intervalle qui lui a été donné, jusqu’à la fin de la demande."),
    ),
    ErrorWords(
        "slow_down",
        N_("L’application redemande trop souvent"),
        N_(
            "Elle attend désormais cinq secondes de plus entre deux demandes. Aller plus vite ne fait"
            " qu’allonger l’attente."
        ),
    ),
    ErrorWords(
        "expired_token",
        N_("La demande a expiré avant d’avoir une réponse"),
        N_("L’application en fait une nouvelle, avec un nouveau code, quand la personne le souhaite."),
    ),
)
