"""What a page shows of a request, or of a grant: frozen, with the real values, before any word is translated.

Values come out of `release` itself: the preview is what would go out, field by field.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from consent.catalogue import CATALOGUE, Phrase, Scope
from consent.choices import Choice, Shared, Shelf, share
from consent.coverage import Ask, Change, Standing
from consent.ledger.canonical import canonical_json
from consent.profile.fields import Field
from consent.profile.release import release
from consent.requests import SCOPE_ELEMENT


@dataclass(frozen=True, slots=True)
class AccountView:
    """What pages need of the account that the profile does not hold. email: "" when there is none."""

    email: str
    email_verified: bool


@dataclass(frozen=True, slots=True)
class FieldView:
    """One value. label: French source text.

    value, by kind: "text", "prose" and "date" a str (dates as stored: YYYY, YYYY-MM or YYYY-MM-DD);
    "number" an int; "flag" a bool; "choice" a French source text; "choices" several; "list" several str.
    """

    label: str
    kind: str
    value: str | int | bool | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ItemView:
    """One item. title: its first text, "" for a dataset of one. fields: the other values it would let out.

    held_back: the person held it back before. shared: it goes out under the standing grant.
    """

    id: str
    title: str
    fields: tuple[FieldView, ...]
    held_back: bool = False
    shared: bool = False


@dataclass(frozen=True, slots=True)
class ScopeView:
    """One scope and what it would let out now. before: the reason agreed to, where another is given now."""

    scope: Scope
    required: bool
    reason: Phrase
    items: tuple[ItemView, ...]
    future: bool = False
    before: Phrase | None = None

    @property
    def shared_count(self) -> int:
        """How many items go out under the standing grant."""
        return sum(item.shared for item in self.items)


@dataclass(frozen=True, slots=True)
class ScreenView:
    """The consent screen. required, optional: to answer now; kept: shared already and left alone.

    changes: before and after of what is not a scope (recipient, purpose, retention, offline), for a change.
    digest: of all that is shown; the form carries it back, and a screen that would differ is shown again.
    """

    ask: Ask
    required: tuple[ScopeView, ...]
    optional: tuple[ScopeView, ...]
    kept: tuple[ScopeView, ...]
    changes: tuple[Change, ...]
    digest: str

    @property
    def asks_duration(self) -> bool:
        return self.ask.whole

    @property
    def free_text(self) -> bool:
        """Whether something shown may hold the person's own words."""
        return any(view.scope.free_text and view.items for view in self.required + self.optional)


def consent_screen(ask: Ask, shelf: Shelf, account: AccountView) -> ScreenView:
    """The screen of `ask` over the profile as it stands."""
    views = tuple(_asked(ask, name, shelf, account) for name in ask.scopes)
    kept = (
        () if ask.standing is None else tuple(_kept(ask.standing, name, shelf, account) for name in ask.kept)
    )
    return ScreenView(
        ask,
        required=tuple(view for view in views if view.required),
        optional=tuple(view for view in views if not view.required),
        kept=kept,
        changes=tuple(one for one in ask.changes if not one.element.startswith(SCOPE_ELEMENT)),
        digest=_digest(ask, shelf, account),
    )


def grant_view(standing: Standing, shelf: Shelf, account: AccountView) -> tuple[ScopeView, ...]:
    """What a grant shares, scope by scope, with every item and whether it goes out: for the dashboard."""
    return tuple(
        _kept(standing, name, shelf, account) for name in CATALOGUE if name in standing.choice.scopes
    )


def _asked(ask: Ask, name: str, shelf: Shelf, account: AccountView) -> ScopeView:
    asked = next(one for one in ask.request.asks if one.scope == name)
    standing = None if ask.standing is None else ask.standing
    shared = None if standing is None else standing.choice.scopes.get(name)
    before = None
    if standing is not None and not ask.whole:
        element = standing.terms.get(SCOPE_ELEMENT + name)
        before = None if element is None else Phrase(element["fr"], element["en"])
    return ScopeView(
        CATALOGUE[name],
        asked.required,
        asked.reason,
        _items(name, shelf, account, shared),
        before=None if before == asked.reason else before,
    )


def _kept(standing: Standing, name: str, shelf: Shelf, account: AccountView) -> ScopeView:
    element, shared = standing.terms[SCOPE_ELEMENT + name], standing.choice.scopes[name]
    return ScopeView(
        CATALOGUE[name],
        name in standing.required,
        Phrase(element["fr"], element["en"]),
        _items(name, shelf, account, shared),
        future=shared.future,
    )


def _items(name: str, shelf: Shelf, account: AccountView, shared: Shared | None) -> tuple[ItemView, ...]:
    dataset = CATALOGUE[name].dataset
    if dataset is None:
        shows = name == "email" and account.email and account.email_verified
        return (ItemView("", account.email, (), shared=shared is not None),) if shows else ()
    stored = shelf.get(dataset.name, ())
    everything = Choice(MappingProxyType({name: share(name, shelf)}), frozenset(), "once", offline=False)
    data = release(name, stored, everything).data
    values = data if isinstance(data, list) else [data] if data else []
    out = {item["id"] for item in shared.lets_out(stored)} if shared else set()
    hidden = shared.hidden if shared else frozenset()
    return tuple(
        _item(name, item["id"], fields, held_back=item["id"] in hidden, shared=item["id"] in out)
        for item, fields in zip(stored, values, strict=True)
    )


def _item(scope: str, item_id: str, values: Mapping[str, Any], *, held_back: bool, shared: bool) -> ItemView:
    kind = CATALOGUE[scope]
    views = [_field(one, values[one.name]) for one in kind.fields(kind.edition)]
    shown = [view for view in views if view is not None]
    if kind.selectable and shown:
        return ItemView(item_id, str(shown[0].value), tuple(shown[1:]), held_back, shared)
    return ItemView(item_id, "", tuple(shown), held_back, shared)


def _field(field: Field, value: Any) -> FieldView | None:  # noqa: ANN401  # any JSON value
    """A value as pages take it; None when there is nothing to show."""
    if value is None or value in ("", [], ()):
        return None
    if field.kind == "choice":
        return FieldView(field.label, "choice", field.values[value])
    if field.kind == "choices":
        return FieldView(field.label, "choices", tuple(field.values[one] for one in value))
    if field.kind == "places":
        return FieldView(field.label, "list", tuple(_place(one) for one in value))
    if field.kind == "list":
        return FieldView(field.label, "list", tuple(value))
    return FieldView(field.label, field.kind, value)


def _place(place: Mapping[str, Any]) -> str:
    code = place["postal_code"] or place["insee_code"]
    around = "" if place["radius_km"] is None else f" – {place['radius_km']} km"
    return f"{place['label']} ({code}){around}" if code else f"{place['label']}{around}"


def _digest(ask: Ask, shelf: Shelf, account: AccountView) -> str:
    datasets = [CATALOGUE[name].dataset for name in (*ask.scopes, *ask.kept)]
    shown = {
        "request": ask.request.digest,
        "asked": list(ask.elements),
        "grant": None if ask.standing is None else [ask.standing.grant_id, ask.standing.revision],
        "email": [account.email, account.email_verified],
        "profile": {one.name: list(shelf.get(one.name, ())) for one in datasets if one is not None},
    }
    return hashlib.sha256(canonical_json(shown)).hexdigest()
