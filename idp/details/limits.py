"""What a line or a token may open of its grant, where details narrowed it; and saying it (RFC 9396, 7).

A limit never adds: what leaves is what grant and limit both let out. It is kept as JSON beside the line and
each token, None where no details were asked, and read live with them.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

import orjson

from consent.catalogue import CATALOGUE
from consent.choices import Choice, Shared, fields_of, read_choice
from consent.limits import frequency_to_json
from idp.details.parse import ALL, CURRENT, DATASETS, READ, TYPE, WRITE

JSON = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Limit:
    """Of one scope. fields: names of the only ones, None for all. later: items added later are in it."""

    fields: frozenset[str] | None = None
    later: bool = True

    def within(self, other: "Limit") -> "Limit":
        """What both open."""
        if self.fields is None or other.fields is None:
            return Limit(self.fields or other.fields, self.later and other.later)
        return Limit(self.fields & other.fields, self.later and other.later)

    def plus(self, other: "Limit") -> "Limit":
        """What either opens."""
        both = None if self.fields is None or other.fields is None else self.fields | other.fields
        return Limit(both, self.later or other.later)


class Opened(NamedTuple):
    """How details narrow a token. details: its bound, as JSON. granted: what that comes to."""

    details: str | None = None
    granted: list[JSON] | None = None


UNBOUND = Opened()


class Bound(NamedTuple):
    """What a line or token is limited to. purpose: code of what was agreed to."""

    purpose: str
    limits: Mapping[str, Limit]

    def to_json(self) -> str:
        """One text for one bound."""
        limits = {
            name: {"fields": None if one.fields is None else sorted(one.fields), "later": one.later}
            for name, one in self.limits.items()
        }
        return orjson.dumps({"purpose": self.purpose, "limits": limits}, option=orjson.OPT_SORT_KEYS).decode()


@lru_cache(2048)
def read_bound(text: str) -> Bound:
    """The bound in a row's `details`."""
    document = orjson.loads(text)
    limits = {
        name: Limit(None if one["fields"] is None else frozenset(one["fields"]), one["later"])
        for name, one in document["limits"].items()
    }
    return Bound(document["purpose"], MappingProxyType(limits))


@lru_cache(2048)
def bounded_choice(choice_json: str, details: str | None) -> Choice:
    """What a grant lets out to a line or token of these details; cached by content, like the choice."""
    choice = read_choice(choice_json)
    if details is None:
        return choice
    limits = read_bound(details).limits
    shared = {
        name: one if name not in limits else _within(name, one, limits[name])
        for name, one in choice.scopes.items()
    }
    return replace(
        choice, scopes=MappingProxyType({name: one for name, one in shared.items() if one is not None})
    )


def _within(scope: str, shared: Shared, limit: Limit) -> Shared | None:
    """What both open; None where they have no field in common."""
    fields = shared.fields
    if limit.fields is not None:
        here = frozenset(one.name for one in fields_of(scope, shared.edition, shared.fields))
        fields = here & limit.fields
        if not fields:
            return None
    return replace(shared, fields=fields, future=shared.future and limit.later)


def granted_details(choice_json: str, details: str, scopes: Collection[str]) -> list[JSON]:
    """What was granted, said whole: each field by name, the term and frequency that hold (section 7.1).

    scopes: those that the token or line holds. Datasets of which the same is granted stand in one object.
    """
    bound, choice = read_bound(details), bounded_choice(choice_json, details)
    held = [name for name in CATALOGUE if name in bound.limits and name in choice.scopes and name in scopes]
    return _said(choice, held, bound.purpose)


def described_choice(choice: Choice, purpose: str) -> list[JSON]:
    """A whole grant in these words."""
    return _said(choice, [name for name in CATALOGUE if name in choice.scopes], purpose)


def _said(choice: Choice, scopes: Iterable[str], purpose: str) -> list[JSON]:
    objects: dict[tuple[str, bool], JSON] = {}
    for name in scopes:
        dataset, action = (name, READ) if name in DATASETS else (CATALOGUE[name].writes, WRITE)
        if not dataset:
            continue  # openid, profile and email are scopes alone
        later = action == READ and choice.scopes[name].future
        said = objects.setdefault((action, later), _object(choice, action, purpose, later=later))
        said["datasets"].append(dataset)
        if action == READ:
            shared = choice.scopes[name]
            said["fields"][dataset] = [one.name for one in fields_of(name, shared.edition, shared.fields)]
    return list(objects.values())


def _object(choice: Choice, action: str, purpose: str, *, later: bool) -> JSON:
    said: JSON = {"type": TYPE, "datasets": [], "actions": [action]}
    if action == READ:
        said |= {"fields": {}, "items": ALL if later else CURRENT}
    said |= {"purpose": purpose, "duration": choice.duration}
    if action == READ and choice.frequency is not None:
        said["frequency"] = frequency_to_json(choice.frequency)
    return said
