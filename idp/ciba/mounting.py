"""What the assembler mounts and runs of this room."""

from collections.abc import Awaitable, Callable

from fastapi import APIRouter

from foundation.clock import DAY
from foundation.text import N_
from foundation.web.errors import ErrorWords
from idp.ciba import rows
from idp.ciba.finding import Finder
from idp.ciba.pages import MENU, ROOM, RequestPages
from idp.ciba.words import MAILS
from idp.people.room import People

__all__ = ["ERRORS", "MAILS", "MENU", "ROOM", "jobs", "requests_router"]
ERRORS = (
    ErrorWords(
        "too_many_open_requests",
        N_("L’application demande trop souvent"),
        N_(
            "Elle a déjà assez de demandes en attente pour cette personne, ou en a trop envoyé dans l’heure."
            " L’en-tête Retry-After dit dans combien de secondes la prochaine est permise."
        ),
    ),
    ErrorWords(
        "unknown_user_id",
        N_("L’application ne connaît personne sous ce nom"),
        N_("Un « sub » désigne une personne qui partage encore avec elle. Sinon, elle envoie une adresse."),
    ),
    ErrorWords(
        "invalid_binding_message",
        N_("Ce code ne peut pas être montré"),
        N_("Il se compose de 16 lettres et chiffres au plus, en groupes séparés par des traits d’union."),
    ),
)
_FIND_SECONDS = 1.0
_PURGE_SECONDS = 60.0


def requests_router(people: People) -> APIRouter:
    """Her pages."""
    return RequestPages(people).router()


def jobs(people: People) -> dict[str, tuple[float, Callable[[], Awaitable[object]]]]:
    """What runs in the background: how often, in seconds, and what; by name."""
    server = people.server
    return {
        "backchannel": (_FIND_SECONDS, Finder(people).find_all),
        "purge-backchannel": (
            _PURGE_SECONDS,
            lambda: rows.PURGE.made_before(server.db, server.clock.now() - DAY),
        ),
    }
