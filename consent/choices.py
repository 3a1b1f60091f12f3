"""What a person chose: scopes, items, later items, for how long; and its JSON in a grant.

A choice lists what is shared; what it does not list stays back. It is the whole truth of a grant: the
release asks nothing else.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Literal, Self

import orjson

from consent.catalogue import CATALOGUE
from consent.limits import ONCE, Duration, Frequency, frequency_to_json, read_frequency
from consent.profile.fields import Field

Items = Sequence[Mapping[str, Any]]
Shelf = Mapping[str, Items]  # items by dataset, as they stand in the profile

# The second version says what the first could not. It is written only where it is needed: a server of
# before then refuses such a grant instead of letting out what it cannot read of it.
_PLAIN, _LIMITED = 1, 2
_CACHED_CHOICES = 2048


@dataclass(frozen=True, slots=True)
class Shared:
    """What is shared of one scope.

    items: ids listed. hidden: ids held back, whatever else is ticked. future: later items are shared too.
    edition: the catalogue's edition of the scope that was agreed to. fields: names of those that leave,
    None for all of that edition.
    """

    items: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()
    future: bool = False
    edition: int = 1
    fields: frozenset[str] | None = None

    def lets_out(self, items: Items) -> list[Mapping[str, Any]]:
        """Those of `items` that are shared, in their order."""
        if self.future:
            return [item for item in items if item["id"] not in self.hidden]
        listed = self.items - self.hidden
        return [item for item in items if item["id"] in listed]


@dataclass(frozen=True, slots=True)
class Choice:
    """A person's whole answer.

    declined: asked and not shared. offline: readable while she is away. frequency: how often each dataset
    may be read, None for no limit.
    """

    scopes: Mapping[str, Shared]
    declined: frozenset[str]
    duration: Duration
    offline: bool
    frequency: Frequency | None = None

    @property
    def fetch_type(self) -> Literal["once", "periodic"]:
        return "once" if self.duration == ONCE else "periodic"

    @property
    def hidden(self) -> tuple[str, ...]:
        """Every item held back, as `scope:item id`, sorted."""
        return tuple(
            sorted(f"{name}:{item}" for name, shared in self.scopes.items() for item in shared.hidden)
        )

    @property
    def future(self) -> tuple[str, ...]:
        """The scopes whose later items are shared too, sorted."""
        return tuple(sorted(name for name, shared in self.scopes.items() if shared.future))

    def allows(self, scopes: Collection[str]) -> tuple[str, ...]:
        """Those of `scopes` that a token under this choice may carry, in the order given."""
        return tuple(
            name for name in scopes if name in self.scopes or (name == "offline_access" and self.offline)
        )

    def without(self, scope: str) -> Self:
        """The same, with `scope` declined."""
        kept = {name: shared for name, shared in self.scopes.items() if name != scope}
        return replace(self, scopes=kept, declined=self.declined | {scope})

    def to_json(self) -> str:
        """One text for one choice: sorted and without spaces."""
        limited = self.frequency is not None or any(one.fields is not None for one in self.scopes.values())
        document = {
            "v": _LIMITED if limited else _PLAIN,
            "scopes": {name: _shared_to_json(shared) for name, shared in self.scopes.items()},
            "declined": sorted(self.declined),
            "duration": self.duration,
            "offline": self.offline,
        }
        if self.frequency is not None:
            document["frequency"] = frequency_to_json(self.frequency)
        return orjson.dumps(document, option=orjson.OPT_SORT_KEYS).decode()


def _shared_to_json(shared: Shared) -> dict[str, Any]:
    document: dict[str, Any] = {
        "items": sorted(shared.items),
        "hidden": sorted(shared.hidden),
        "future": shared.future,
        "edition": shared.edition,
    }
    return document if shared.fields is None else document | {"fields": sorted(shared.fields)}


@lru_cache(_CACHED_CHOICES)
def read_choice(text: str) -> Choice:
    """The choice in a grant's `choice_json`. Cached by content: a changed grant has another text."""
    document = orjson.loads(text)
    if document["v"] not in {_PLAIN, _LIMITED}:
        raise ValueError(f"a choice of version {document['v']}")
    return Choice(
        scopes=MappingProxyType({name: _read_shared(one) for name, one in document["scopes"].items()}),
        declined=frozenset(document["declined"]),
        duration=document["duration"],
        offline=document["offline"],
        frequency=read_frequency(document.get("frequency")),
    )


def _read_shared(document: Mapping[str, Any]) -> Shared:
    fields = document.get("fields")
    return Shared(
        items=frozenset(document["items"]),
        hidden=frozenset(document["hidden"]),
        future=document["future"],
        edition=document["edition"],
        fields=None if fields is None else frozenset(fields),
    )


def share(
    scope: str,
    shelf: Shelf,
    *,
    hidden: Collection[str] = (),
    future: bool = False,
    fields: frozenset[str] | None = None,
) -> Shared:
    """What ticking `scope` shares now: every item on the shelf but the hidden ones, of it `fields` alone."""
    here = item_ids(scope, shelf)
    held_back = here & frozenset(hidden)
    return Shared(here - held_back, held_back, future, CATALOGUE[scope].edition, fields)


def both(first: Choice, second: Choice) -> Choice:
    """What two choices let out alike; duration and frequency are those of the first."""
    shared = {name: _both_of(name, one, second.scopes.get(name)) for name, one in first.scopes.items()}
    return replace(
        first,
        scopes={name: one for name, one in shared.items() if one is not None},
        offline=first.offline and second.offline,
    )


def _both_of(scope: str, first: Shared, second: Shared | None) -> Shared | None:
    """Of one scope; None where they have nothing in common."""
    if second is None:
        return None
    edition = min(first.edition, second.edition)
    fields = None
    if first.edition != second.edition or first.fields is not None or second.fields is not None:
        fields = _named(scope, first) & _named(scope, second)
        if not fields and CATALOGUE[scope].dataset is not None:  # else it releases none: an account's claims
            return None
    listed = [one.items for one in (first, second) if not one.future]
    return Shared(
        items=frozenset.intersection(*listed) if listed else first.items & second.items,
        hidden=first.hidden | second.hidden,
        future=first.future and second.future,
        edition=edition,
        fields=fields,
    )


def _named(scope: str, shared: Shared) -> frozenset[str]:
    return frozenset(field.name for field in fields_of(scope, shared.edition, shared.fields))


@lru_cache(256)
def fields_of(scope: str, edition: int, only: frozenset[str] | None = None) -> tuple[Field, ...]:
    """The fields of a scope that leave, in the dataset's order. only: their names, None for all."""
    return tuple(field for field in CATALOGUE[scope].fields(edition) if only is None or field.name in only)


def item_ids(scope: str, shelf: Shelf) -> frozenset[str]:
    """The ids of the items that `scope` is about, as the profile stands."""
    dataset = CATALOGUE[scope].dataset
    return frozenset() if dataset is None else frozenset(i["id"] for i in shelf.get(dataset.name, ()))
