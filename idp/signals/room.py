"""What the assembler registers: templates, words of errors."""

from pathlib import Path

from foundation.text import N_
from foundation.web.errors import ErrorWords
from foundation.web.kit import Room

ROOM = Room("signals", Path(__file__).parent)
ERRORS = (
    ErrorWords(
        "bad_authorization",
        N_("Cet en-tête ne peut pas être envoyé"),
        N_("L’en-tête Authorization se compose de 1 000 caractères ASCII au plus, sans espace au bord."),
    ),
)
