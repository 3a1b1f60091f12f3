"""What changed since she agreed, before and after: the words of each element that says something else."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from consent.catalogue import CATALOGUE, PURPOSES, Scope
from consent.coverage import Change
from consent.limits import read_frequency
from consent.narrowing.words import frequency_words
from consent.pages.abroad import transfers_words
from consent.pages.grounds import grounds_words
from consent.requests import SCOPE_ELEMENT, Element
from foundation.text import N_
from foundation.web.i18n import Translator

_ELEMENTS = {
    "recipient": N_("Qui reçoit vos données"),
    "purpose": N_("Pourquoi"),
    "frequency": N_("À quelle fréquence elle les lit"),
    "retention": N_("Combien de temps l’application les garde"),
    "offline": N_("Quand l’application peut les lire"),
    "grounds": N_("Sur quelle base légale"),
    "transfers": N_("Hors de l’Union européenne"),
    "automated": N_("Décisions prises sans intervention humaine"),
}


# How an element is told that has this member.
_WORDS: Mapping[str, Callable[[Element, Translator], str]] = {
    "per": lambda element, t: frequency_words(read_frequency(element), t),
    "countries": transfers_words,
    "use": grounds_words,
}


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """Something that says other than before. before: "" when it was not there."""

    label: str
    before: str
    after: str


def change_lines(changes: Collection[Change], t: Translator) -> list[ChangeLine]:
    """A line for each thing that reads otherwise than before; a scope never agreed to has its own place."""
    lines = []
    for change in changes:
        if change.element.startswith(SCOPE_ELEMENT):
            lines += _scope_change(change, t)
        else:
            label = t.gettext(_ELEMENTS[change.element])
            lines.append(ChangeLine(label, *_said_differently(change.before, change.after, t)))
    return lines


def _said_differently(before: Element | None, after: Element, t: Translator) -> tuple[str, str]:
    """Both in words, told apart: where they read alike in her language, what it is that changed.

    A code may change under one sentence, and a sentence in the other language alone: that is asked too.
    """
    said = _said(before, t), _said(after, t)
    if before is None or said[0] != said[1]:
        return said
    if before.get("code") != after.get("code"):
        return _purpose(before, t), _purpose(after, t)
    other = "fr" if t.tag == "en" else "en"
    return str(before.get(other, said[0])), str(after.get(other, said[1]))


def _purpose(element: Element, t: Translator) -> str:
    label = PURPOSES[element["code"]].label if element["code"] in PURPOSES else element["code"]
    return f"{t.gettext(label)} – {_said(element, t)}"


def _said(element: Element | None, t: Translator) -> str:
    """An element of a request in words; "" for one that was not there."""
    if element is None:
        return ""
    if "asked" in element:
        return t.gettext("Même quand vous n’êtes pas là, jusqu’à la date choisie")
    for member, words in _WORDS.items():
        if member in element:
            return words(element, t)
    if "fr" in element:
        return str(element["en" if t.tag == "en" else "fr"])
    return " – ".join(
        text for text in (element["name"], element["legal_entity"], element["privacy_url"]) if text
    )


def _scope_change(change: Change, t: Translator) -> list[ChangeLine]:
    """What differs for a scope that was agreed to before: its reason, or the fields it opens."""
    if change.before is None:
        return []
    scope = CATALOGUE[change.element.removeprefix(SCOPE_ELEMENT)]
    label = t.gettext(scope.label)
    lines = []
    if any(change.before[tag] != change.after[tag] for tag in ("fr", "en")):
        lines.append(ChangeLine(label, *_said_differently(change.before, change.after, t)))
    before, after = (set(element["fields"]) for element in (change.before, change.after))
    if before != after:
        lines.append(ChangeLine(label, _fields(scope, before, t), _fields(scope, after, t)))
    return lines


def _fields(scope: Scope, names: Collection[str], t: Translator) -> str:
    known = scope.dataset.fields if scope.dataset else ()
    return ", ".join(t.gettext(one.label) for one in known if one.name in names)
