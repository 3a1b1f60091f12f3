"""The profile as its owner reads it: each part with its items, and which apps may read each of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from consent.catalogue import CATALOGUE, Scope
from consent.choices import read_choice
from consent.grants import GrantRow
from consent.pages.cards import terms_of
from consent.pages.values import Shown, show_facts, show_item
from consent.profile.fields import DATASETS
from consent.profile.store import Kept, StoredItem
from foundation.web.i18n import Translator

# Declared by others about her: corrected where they come from, never typed here.
DECLARED = frozenset({"contracts", "status", "benefits", "advisers"})


@dataclass(frozen=True, slots=True)
class SectionItem:
    """One item. readers: names of the apps that may read it now. added_by: name of the app that added it."""

    id: str
    shown: Shown
    readers: tuple[str, ...]
    added_by: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """One dataset. facts: of a dataset that has one item at most; readers: of such a one."""

    dataset: str
    label: str
    single: bool
    declared: bool
    items: tuple[SectionItem, ...]
    facts: tuple[tuple[str, str], ...]
    readers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Offer:
    """An app that reads this part of the profile and not the new item. name: the app's."""

    grant_id: str
    name: str


def dataset_scopes() -> dict[str, Scope]:
    """Dataset name -> the scope that releases it, in the catalogue's order."""
    return {scope.dataset.name: scope for scope in CATALOGUE.values() if scope.dataset is not None}


def writers(kept: Mapping[str, Kept]) -> frozenset[str]:
    """Ids of the apps that added something."""
    return frozenset(item["added_by"] for one in kept.values() for item in one.items if item.get("added_by"))


def make_sections(
    kept: Mapping[str, Kept],
    grants: Sequence[GrantRow],
    now: int,
    t: Translator,
    names: Mapping[str, str] = MappingProxyType({}),
) -> list[Section]:
    """Every part of the profile. grants: hers; those that ended count for nothing. names: of `writers`."""
    living = [row for row in grants if row.opens(now)]
    sections = []
    for name, scope in dataset_scopes().items():
        readers = readers_of(scope, kept[name].items, living)
        sections.append(_section(scope, kept[name], readers, names, t))
    return sections


def _section(
    scope: Scope, kept: Kept, readers: Mapping[str, tuple[str, ...]], names: Mapping[str, str], t: Translator
) -> Section:
    name, dataset = kept.dataset, DATASETS[kept.dataset]
    first = kept.items[0] if dataset.single and kept.items else None
    return Section(
        dataset=name,
        label=t.gettext(scope.label),
        single=dataset.single,
        declared=name in DECLARED,
        items=()
        if dataset.single
        else tuple(
            SectionItem(
                item["id"],
                show_item(dataset, item, t),
                readers.get(item["id"], ()),
                names.get(item.get("added_by") or "", item.get("added_by") or ""),
            )
            for item in kept.items
        ),
        facts=tuple(show_facts(dataset, first, t)) if first else (),
        readers=readers.get(first["id"], ()) if first else (),
    )


def readers_of(
    scope: Scope, items: Sequence[StoredItem], living: Sequence[GrantRow]
) -> dict[str, tuple[str, ...]]:
    """Item id -> names of the apps that may read it."""
    found: dict[str, tuple[str, ...]] = {}
    for row in living:
        shared = read_choice(row.choice_json).scopes.get(scope.name)
        if shared is not None:
            name = terms_of(row)["recipient"]["name"]
            for item in shared.lets_out(items):
                found[item["id"]] = (*found.get(item["id"], ()), name)
    return found


def offers(scope: Scope, item_id: str, grants: Sequence[GrantRow], now: int) -> list[Offer]:
    """The apps that read this part, and to which a new item does not go by itself."""
    found = []
    for row in grants:
        shared = read_choice(row.choice_json).scopes.get(scope.name)
        if shared is None or shared.future or not row.lives(now):
            continue
        if item_id not in shared.items and item_id not in shared.hidden:
            found.append(Offer(row.id, terms_of(row)["recipient"]["name"]))
    return found
