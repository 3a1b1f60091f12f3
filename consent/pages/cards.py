"""A grant as its holder reads it: who, what of hers, since when, until when, when it was last used."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from consent.catalogue import CATALOGUE, Scope
from consent.choices import Choice, Shared, Shelf, fields_of, read_choice
from consent.grants import GrantRow
from consent.narrowing.words import PAUSES, frequency_words
from consent.pages.values import Shown, show_facts, show_item
from foundation.text import N_
from foundation.web.i18n import Translator

_ENDINGS = {
    "withdrawn": N_("Arrêtée par vous"),
    "returned": N_("Arrêtée par l’application"),
    "expired": N_("Arrivée à son terme"),
    "erased": N_("Effacée avec votre compte"),
}


@dataclass(frozen=True, slots=True)
class Card:
    """One app on the dashboard. Times are microseconds; last_read is None when nothing ever left.

    resting: why it is paused, "" where it is not. frequency: how often it reads at most, "" for no promise.
    """

    grant_id: str
    name: str
    living: bool
    once: bool
    ending: str
    scopes: tuple[str, ...]
    since: int
    until: int
    ended_at: int
    last_read: int | None
    resting: str = ""
    frequency: str = ""


@dataclass(frozen=True, slots=True)
class SharedItem:
    """An item and whether the app may read it. value: "scope:item id"."""

    id: str
    shown: Shown
    shared: bool


@dataclass(frozen=True, slots=True)
class SharedScope:
    """A scope of a grant, with what is in it today."""

    name: str
    label: str
    contents: str
    reason: str
    required: bool
    selectable: bool
    future: bool
    items: tuple[SharedItem, ...]
    facts: tuple[tuple[str, str], ...]


def make_card(row: GrantRow, shelf: Shelf, last_read: int | None, now: int, t: Translator) -> Card:
    """The card of a grant. shelf: her items by dataset, of which some are shared."""
    choice = read_choice(row.choice_json)
    ending = _ENDINGS[row.end_reason or "expired"]
    return Card(
        grant_id=row.id,
        name=terms_of(row)["recipient"]["name"],
        living=row.lives(now),
        once=choice.duration == "once",
        ending=t.gettext(ending),
        scopes=tuple(_summary(CATALOGUE[name], shared, shelf, t) for name, shared in _in_order(choice)),
        since=row.granted_at,
        until=row.expires_at,
        ended_at=min(row.revoked_at or row.expires_at, row.expires_at),
        last_read=last_read,
        resting=t.gettext(PAUSES[row.pause_reason]) if row.pause_reason and row.lives(now) else "",
        frequency=frequency_words(choice.frequency, t) if choice.frequency else "",
    )


def terms_of(row: GrantRow) -> Mapping[str, Any]:
    """What was agreed to, by element (consent/requests.py)."""
    elements: Mapping[str, Any] = orjson.loads(row.terms_json)["elements"]
    return elements


def _in_order(choice: Choice) -> list[tuple[str, Shared]]:
    return [(name, choice.scopes[name]) for name in CATALOGUE if name in choice.scopes]


def _summary(scope: Scope, shared: Shared, shelf: Shelf, t: Translator) -> str:
    """As in "Compétences (4 sur 5)"."""
    label = t.gettext(scope.label)
    if not scope.selectable or scope.dataset is None:
        return label
    items = shelf.get(scope.dataset.name, ())
    if not items:
        return t.gettext("%(label)s (aucune donnée)") % {"label": label}
    out = len(shared.lets_out(items))
    if out == len(items):
        return label
    return t.gettext("%(label)s (%(some)s sur %(all)s)") % {"label": label, "some": out, "all": len(items)}


def shared_scopes(row: GrantRow, shelf: Shelf, t: Translator) -> list[SharedScope]:
    """Every scope of a grant with today's values: what the app reads, and what stays back."""
    choice, terms = read_choice(row.choice_json), terms_of(row)
    required = orjson.loads(row.terms_json)["required"]
    found = []
    for name, shared in _in_order(choice):
        scope = CATALOGUE[name]
        reason = terms.get(f"scope:{name}", {})
        found.append(
            SharedScope(
                name=name,
                label=t.gettext(scope.label),
                contents=t.gettext(scope.contents),
                reason=reason.get("en" if t.tag == "en" else "fr", ""),
                required=name in required,
                selectable=scope.selectable,
                future=shared.future,
                items=_items(scope, shared, shelf, t),
                facts=_facts(scope, shared, shelf, t),
            )
        )
    return found


def _items(scope: Scope, shared: Shared, shelf: Shelf, t: Translator) -> tuple[SharedItem, ...]:
    if scope.dataset is None or not scope.selectable:
        return ()
    fields = fields_of(scope.name, shared.edition, shared.fields)
    items = shelf.get(scope.dataset.name, ())
    out = {item["id"] for item in shared.lets_out(items)}
    return tuple(
        SharedItem(item["id"], show_item(scope.dataset, item, t, fields), item["id"] in out) for item in items
    )


def _facts(scope: Scope, shared: Shared, shelf: Shelf, t: Translator) -> tuple[tuple[str, str], ...]:
    if scope.dataset is None or scope.selectable:
        return ()
    fields = fields_of(scope.name, shared.edition, shared.fields)
    items = shelf.get(scope.dataset.name, ())
    return tuple(show_facts(scope.dataset, items[0], t, fields)) if items else ()
