"""The page on which she shares less, as data; and from the posted form to what she takes back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from consent.catalogue import CATALOGUE, Scope
from consent.choices import Shared, Shelf, fields_of
from consent.coverage import Standing
from consent.limits import ONCE, Duration, lifetime
from consent.narrowing.rule import Narrowing
from consent.narrowing.words import duration_words
from consent.pages.values import Shown, show_item
from foundation.errors import AccordError
from foundation.web.forms import Form
from foundation.web.i18n import Translator

_SHORTER: tuple[Duration, ...] = ("7d", "30d", "90d", "180d")
Ids = frozenset[str]


@dataclass(frozen=True, slots=True)
class ItemBox:
    """An item that is shared now. value: "scope:item id"."""

    shown: Shown
    value: str


@dataclass(frozen=True, slots=True)
class Part:
    """One scope that is shared. fields: value and label of each, where some alone are shared."""

    name: str
    label: str
    contents: str
    required: bool
    future: bool
    items: tuple[ItemBox, ...]
    fields: tuple[tuple[str, str], ...]


def parts(standing: Standing, shelf: Shelf, t: Translator) -> list[Part]:
    """What she shares, in the catalogue's order."""
    shared = standing.choice.scopes
    return [
        _part(CATALOGUE[name], shared[name], shelf, t, required=name in standing.required)
        for name in CATALOGUE
        if name in shared
    ]


def _part(scope: Scope, shared: Shared, shelf: Shelf, t: Translator, *, required: bool) -> Part:
    fields = fields_of(scope.name, shared.edition, shared.fields)
    items: tuple[ItemBox, ...] = ()
    if scope.dataset is not None and scope.selectable:
        items = tuple(
            ItemBox(show_item(scope.dataset, item, t, fields), f"{scope.name}:{item['id']}")
            for item in shared.lets_out(shelf.get(scope.dataset.name, ()))
        )
    chosen = () if shared.fields is None else fields
    return Part(
        name=scope.name,
        label=t.gettext(scope.label),
        contents=t.gettext(scope.contents),
        required=required,
        future=shared.future,
        items=items,
        fields=tuple((f"{scope.name}:{field.name}", t.gettext(field.label)) for field in chosen),
    )


def shorter(standing: Standing, now: int, t: Translator) -> list[tuple[Duration, str]]:
    """The durations that end it earlier; none for a "once", which ends by itself."""
    if standing.choice.duration == ONCE:
        return []
    return [(one, duration_words(one, t)) for one in _SHORTER if now + lifetime(one) < standing.expires_at]


def read_narrowing(form: Form, standing: Standing, shelf: Shelf) -> Narrowing:
    """What a posted form takes back.

    Raises AccordError `widening_needs_request` for what is not shared already: nothing is half taken.
    """
    choice = standing.choice
    out = {name: _let_out(name, shared, shelf) for name, shared in choice.scopes.items()}
    picked = {name: shared.fields for name, shared in choice.scopes.items() if shared.fields is not None}
    later = frozenset(name for name, shared in choice.scopes.items() if shared.future)
    kept, future = frozenset(form.many("scope")), frozenset(form.many("future"))
    shown, items = _by_scope(form.many("shown")), _by_scope(form.many("item"))
    fields = _by_scope(form.many("field"))
    _refuse_more(kept <= choice.scopes.keys() and future <= later)
    for said, known in ((shown, out), (items, out), (fields, picked)):
        _refuse_more(all(said[name] <= known.get(name, frozenset()) for name in said))
    taken = {name: shown[name] - items.get(name, frozenset()) for name in shown}
    return Narrowing(
        drop=frozenset(choice.scopes) - standing.required - kept,
        hold_back={name: ids for name, ids in taken.items() if ids},
        drop_fields={name: known - fields.get(name, frozenset()) for name, known in picked.items()},
        settle={name: shown.get(name, frozenset()) for name in later - future},
        duration=_duration(form.single("duration")),
    )


def _let_out(scope: str, shared: Shared, shelf: Shelf) -> Ids:
    dataset = CATALOGUE[scope].dataset
    items = () if dataset is None else shelf.get(dataset.name, ())
    return frozenset(item["id"] for item in shared.lets_out(items))


def _by_scope(values: Sequence[str]) -> Mapping[str, Ids]:
    """Values like "skills:s01", by scope; its name may hold a colon, what follows the last one never does."""
    found: dict[str, Ids] = {}
    for text in values:
        scope, _, value = text.rpartition(":")
        found[scope] = found.get(scope, frozenset()) | {value}
    return found


def _duration(text: str) -> Duration | None:
    _refuse_more(not text or text in _SHORTER)
    return text or None


def _refuse_more(narrower: bool) -> None:  # noqa: FBT001  # reads as the condition it is
    if not narrower:
        raise AccordError(
            "widening_needs_request",
            "This page only takes back what is shared. To share more, the application asks, and the person"
            " answers. Nothing was recorded.",
        )
