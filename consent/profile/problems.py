"""What is wrong with a profile, in words: for a form beside the field, for a command with the value's path.

A message never repeats the value: it may be personal, or hostile.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from foundation.errors import AccordError
from foundation.text import N_

_MOST_SHOWN = 10

# Kind of problem -> French source text for pages, where %(field)s is the label of what is wrong.
MESSAGES = {
    "missing": N_("%(field)s : cette information est nécessaire."),
    "string_too_short": N_("%(field)s : cette information est nécessaire."),
    "string_too_long": N_("%(field)s : ce texte est trop long."),
    "string_type": N_("%(field)s : un texte est attendu."),
    "string_pattern_mismatch": N_("%(field)s : cette information n’a pas la forme attendue."),
    "control_character": N_("%(field)s : ce texte contient des caractères de contrôle, qui sont refusés."),
    "text_direction": N_(
        "%(field)s : ce texte contient des caractères qui inversent le sens de lecture, refusés."
    ),
    "invisible_character": N_("%(field)s : ce texte contient des caractères invisibles, qui sont refusés."),
    "date_form": N_("%(field)s : écrivez une date comme 2021, 03/2021 ou 15/03/2021."),
    "date_year": N_("%(field)s : l’année doit être comprise entre 1900 et 2100."),
    "date_day": N_("%(field)s : ce jour ou ce mois n’existe pas."),
    "date_whole": N_("%(field)s : écrivez la date en entier, comme 15/03/2021."),
    "end_before_start": N_("La fin est avant le début."),
    "siret": N_("%(field)s : ce numéro SIRET n’est pas valable."),
    "rome_code_missing": N_("Une compétence du référentiel ROME a besoin de son code."),
    "rome_code_unexpected": N_("Une compétence libre n’a pas de code ROME."),
    "literal_error": N_("%(field)s : ce choix n’existe pas."),
    "extra_forbidden": N_("%(field)s : cette information n’est pas prévue."),
    "int_type": N_("%(field)s : un nombre entier est attendu."),
    "greater_than_equal": N_("%(field)s : ce nombre est trop petit."),
    "less_than_equal": N_("%(field)s : ce nombre est trop grand."),
    "bool_type": N_("%(field)s : une réponse par oui ou non est attendue."),
    "too_long": N_("%(field)s : il y a trop d’éléments."),
    "duplicate_id": N_("Deux éléments portent le même identifiant."),
}
OTHERWISE = N_("%(field)s : cette information n’est pas valable.")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong. path: where (`skills[3].level`); kind: key of MESSAGES; english: for a command."""

    path: str
    kind: str
    english: str

    @property
    def message(self) -> str:
        """French source text, to be translated by the page."""
        return MESSAGES.get(self.kind, OTHERWISE)


class ProfileError(AccordError):
    """A profile, or a part of one, is refused as a whole; `problems` says everything that is wrong."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        said = "; ".join(f"{problem.path}: {problem.english}" for problem in self.problems[:_MOST_SHOWN])
        hidden = len(self.problems) - _MOST_SHOWN
        if hidden > 0:
            said += f"; and {hidden} more"
        super().__init__("invalid_profile", said, status=422)


def path_of(parts: Iterable[int | str]) -> str:
    """`("skills", 3, "level")` as `skills[3].level`; a name that a stranger chose is shortened."""
    path = ""
    for part in parts:
        if isinstance(part, int):
            path += f"[{part}]"
        else:
            name = part if part.isidentifier() else ascii(part)
            path += f".{name[:40]}" if path else name[:40]
    return path or "(the whole)"


def problems_of(error: ValidationError, *, under: tuple[int | str, ...] = ()) -> list[Problem]:
    """Every problem of a failed validation. under: where the validated part stands in the whole."""
    return [_problem(details, under) for details in error.errors(include_url=False, include_input=False)]


def _problem(details: ErrorDetails, under: tuple[int | str, ...]) -> Problem:
    context: dict[str, Any] = details.get("ctx", {})
    english = details["msg"]
    if details["type"] == "string_pattern_mismatch":
        english = f"must match {context['pattern']}"
    return Problem(path_of((*under, *details["loc"])), details["type"], english)
