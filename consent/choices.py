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
from foundation.clock import DAY, MINUTE

Items = Sequence[Mapping[str, Any]]
Shelf = Mapping[str, Items]  # items by dataset, as they stand in the profile
Duration = Literal["once", "30d", "180d"]

# How long a grant lives from its acceptance. "once" ends with the access token of its one redemption;
# until then it waits this long for the app to come and redeem.
LIFETIMES: Mapping[Duration, int] = MappingProxyType(
    {"once": 10 * MINUTE, "30d": 30 * DAY, "180d": 180 * DAY}
)
_VERSION = 1
_CACHED_CHOICES = 2048


@dataclass(frozen=True, slots=True)
class Shared:
    """What is shared of one scope.

    items: ids listed. hidden: ids held back, whatever else is ticked. future: later items are shared too.
    edition: the catalogue's edition of the scope that was agreed to.
    """

    items: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()
    future: bool = False
    edition: int = 1

    def lets_out(self, items: Items) -> list[Mapping[str, Any]]:
        """Those of `items` that are shared, in their order."""
        if self.future:
            return [item for item in items if item["id"] not in self.hidden]
        listed = self.items - self.hidden
        return [item for item in items if item["id"] in listed]


@dataclass(frozen=True, slots=True)
class Choice:
    """A person's whole answer. declined: asked and not shared. offline: readable while she is away."""

    scopes: Mapping[str, Shared]
    declined: frozenset[str]
    duration: Duration
    offline: bool

    @property
    def fetch_type(self) -> Literal["once", "periodic"]:
        return "once" if self.duration == "once" else "periodic"

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
        document = {
            "v": _VERSION,
            "scopes": {name: _shared_to_json(shared) for name, shared in self.scopes.items()},
            "declined": sorted(self.declined),
            "duration": self.duration,
            "offline": self.offline,
        }
        return orjson.dumps(document, option=orjson.OPT_SORT_KEYS).decode()


def _shared_to_json(shared: Shared) -> dict[str, Any]:
    return {
        "items": sorted(shared.items),
        "hidden": sorted(shared.hidden),
        "future": shared.future,
        "edition": shared.edition,
    }


@lru_cache(_CACHED_CHOICES)
def read_choice(text: str) -> Choice:
    """The choice in a grant's `choice_json`. Cached by content: a changed grant has another text."""
    document = orjson.loads(text)
    if document["v"] != _VERSION:
        raise ValueError(f"a choice of version {document['v']}")
    scopes = {
        name: Shared(
            frozenset(shared["items"]), frozenset(shared["hidden"]), shared["future"], shared["edition"]
        )
        for name, shared in document["scopes"].items()
    }
    return Choice(
        MappingProxyType(scopes), frozenset(document["declined"]), document["duration"], document["offline"]
    )


def share(scope: str, shelf: Shelf, *, hidden: Collection[str] = (), future: bool = False) -> Shared:
    """What ticking `scope` shares now: every item on the shelf but the hidden ones."""
    here = item_ids(scope, shelf)
    held_back = here & frozenset(hidden)
    return Shared(here - held_back, held_back, future, CATALOGUE[scope].edition)


def item_ids(scope: str, shelf: Shelf) -> frozenset[str]:
    """The ids of the items that `scope` is about, as the profile stands."""
    dataset = CATALOGUE[scope].dataset
    return frozenset() if dataset is None else frozenset(i["id"] for i in shelf.get(dataset.name, ()))
