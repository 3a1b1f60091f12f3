"""What a dispute may become, and what its code looks like. Pure, but for chance."""

import secrets
from collections.abc import Mapping
from typing import Literal, cast, get_args

from consent.disputes.events import Action, Outcome
from foundation.errors import AccordError
from foundation.text import N_

State = Literal["open", "answered", "closed"]
STATES: tuple[State, ...] = get_args(State)
OUTCOMES: Mapping[str, str] = {
    "recognised": N_("L’accès est celui que vous aviez autorisé"),
    "mistake": N_("L’application s’est trompée ; elle a corrigé"),
    "abuse": N_("L’accès n’était pas normal ; nous sommes intervenus"),
    "unclear": N_("Nous n’avons pas pu l’établir"),
}
ACTIONS: Mapping[str, str] = {
    "none": N_("Resté comme il était"),
    "paused": N_("Mis en pause aussitôt"),
    "withdrawn": N_("Retiré aussitôt"),
}
MOST_OPEN = 20  # a person's: beyond, the first ones are answered first
LONGEST = 2_000
# Without letters that are taken for a digit, or for each other, when read aloud.
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_HALF = 4


def new_code() -> str:
    """Eight characters of chance in two halves, as in "K7MW-3QTX"."""
    halves = ("".join(secrets.choice(_ALPHABET) for _ in range(_HALF)) for _ in range(2))
    return "-".join(halves)


def checked_action(text: str) -> Action:
    """What she wants done at once. Raises AccordError invalid_choice for what was not offered."""
    if text not in ACTIONS:
        raise _not_offered()
    return cast("Action", text)


def checked_outcome(text: str) -> Outcome:
    """What the administrator found. Raises AccordError invalid_choice for what was not offered."""
    if text not in OUTCOMES:
        raise _not_offered()
    return cast("Outcome", text)


def checked_words(text: str) -> str:
    """What somebody wrote, without the space around it. Raises AccordError dispute_too_long."""
    words = text.replace("\r\n", "\n").strip()
    if len(words) > LONGEST:
        raise AccordError("dispute_too_long", f"Write {LONGEST} characters at most.", status=400)
    return words


def _not_offered() -> AccordError:
    return AccordError("invalid_choice", "This is not one of the choices offered.", status=400)
