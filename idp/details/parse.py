"""From the text of `authorization_details` to what it asks (RFC 9396 sections 2 and 5).

Everything is refused by the name of the member that is wrong: an unknown type, an unknown or repeated member,
a wrong JSON type, a value out of the vocabulary, a missing member. Nothing is guessed and nothing half taken.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NoReturn

from consent.catalogue import CATALOGUE, PURPOSES
from consent.choices import fields_of
from consent.limits import MOST_READS, WINDOWS, Duration, Frequency, is_duration
from foundation.web.forms import printable

TYPE = "career_data"
PARAMETER = "authorization_details"
LONGEST = 8192  # characters
MOST_OBJECTS = 10
READ, WRITE = "read", "write"
CURRENT, ALL = "current", "all"
_IDENTITY = "identity"  # told by the claims of `profile`
DATASETS = tuple(
    name for name, scope in CATALOGUE.items() if scope.dataset is not None and scope.dataset.name != _IDENTITY
)
WRITABLE = tuple(scope.writes for scope in CATALOGUE.values() if scope.writes)


class DetailsError(ValueError):
    """What is wrong, beginning with the member's place; printable ASCII."""


@dataclass(frozen=True, slots=True)
class Detail:
    """One object of the array. fields: by dataset, absent for all. later: items added later are asked too."""

    datasets: tuple[str, ...]
    actions: tuple[str, ...]
    fields: Mapping[str, frozenset[str]]
    later: bool
    purpose: str | None
    duration: Duration | None
    frequency: Frequency | None


def scope_for(dataset: str, action: str) -> str:
    """The scope that an action on a dataset is a part of."""
    return dataset if action == READ else f"{dataset}:{WRITE}"


@lru_cache(512)
def parse_details(text: str) -> tuple[Detail, ...]:
    """The objects of the parameter. Raises DetailsError."""
    if len(text) > LONGEST:
        _refuse(PARAMETER, f"longer than {LONGEST} characters")
    try:
        document = json.loads(text, object_pairs_hook=_once_each, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        if isinstance(error, DetailsError):
            raise
        raise DetailsError(f"{PARAMETER}: not JSON") from None
    if not isinstance(document, list) or not 1 <= len(document) <= MOST_OBJECTS:
        _refuse(PARAMETER, f"a JSON array of 1 to {MOST_OBJECTS} objects")
    return tuple(_detail(f"{PARAMETER}[{place}]", one) for place, one in enumerate(document))


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        _refuse(PARAMETER, "a member appears twice in one object")
    return document


def _no_constant(_name: str) -> NoReturn:
    raise ValueError("not JSON: NaN and Infinity")


def _detail(at: str, unread: object) -> Detail:
    document = _members(at, unread)
    datasets = _names(f"{at}.datasets", document["datasets"], DATASETS)
    actions = _names(f"{at}.actions", document["actions"], (READ, WRITE))
    if WRITE in actions:
        _names(f"{at}.datasets", document["datasets"], WRITABLE, "cannot be written")
    if READ not in actions and not document.keys().isdisjoint(("fields", "items", "frequency")):
        _refuse(at, "fields, items and frequency go with the action read")
    return Detail(
        datasets=datasets,
        actions=actions,
        fields=_fields(f"{at}.fields", document.get("fields", {}), datasets),
        later=_one_of(f"{at}.items", document.get("items", ALL), (CURRENT, ALL)) == ALL,
        purpose=_purpose(f"{at}.purpose", document),
        duration=_duration(f"{at}.duration", document),
        frequency=_frequency(f"{at}.frequency", document),
    )


REQUIRED = ("type", "datasets", "actions")
MEMBERS = (*REQUIRED, "fields", "items", "purpose", "duration", "frequency")


def _members(at: str, document: object) -> dict[str, Any]:
    """An object with all the members that it needs, and no other."""
    if not isinstance(document, dict):
        _refuse(at, "not an object")
    for name in REQUIRED:
        if name not in document:
            _refuse(f"{at}.{name}", "missing")
    if document["type"] != TYPE:
        _refuse(f"{at}.type", f"the only type here is {TYPE}")
    for name in document:
        if name not in MEMBERS:
            _refuse(at, f"{TYPE} has no member {printable(name)}")
    return document


def _names(at: str, value: object, known: Collection[str], what: str = "is not known") -> tuple[str, ...]:
    """A list of one name or more, each once and known."""
    if not isinstance(value, list) or not value:
        _refuse(at, "a JSON array of one name or more")
    for place, name in enumerate(value):
        if not isinstance(name, str):
            _refuse(f"{at}[{place}]", "not a string")
        if name not in known:
            _refuse(f"{at}[{place}]", f"{printable(name)} {what}")
        if name in value[:place]:
            _refuse(f"{at}[{place}]", f"{printable(name)} appears twice")
    return tuple(value)


def _fields(at: str, value: object, datasets: Collection[str]) -> Mapping[str, frozenset[str]]:
    if not isinstance(value, dict):
        _refuse(at, "an object: dataset to names of fields")
    found = {}
    for dataset, names in value.items():
        if dataset not in datasets:
            _refuse(at, f"{printable(dataset)} is not among the datasets of this object")
        known = [field.name for field in fields_of(dataset, CATALOGUE[dataset].edition)]
        found[dataset] = frozenset(_names(f"{at}.{dataset}", names, known))
    return MappingProxyType(found)


def _one_of(at: str, value: object, known: Collection[str]) -> str:
    if not isinstance(value, str) or value not in known:
        _refuse(at, f"one of {', '.join(known)}")
    return value


def _purpose(at: str, document: dict[str, Any]) -> str | None:
    return _one_of(at, document["purpose"], PURPOSES) if "purpose" in document else None


def _duration(at: str, document: dict[str, Any]) -> Duration | None:
    if "duration" not in document:
        return None
    duration = document["duration"]
    if not isinstance(duration, str) or not is_duration(duration):
        _refuse(at, "once, or a number of days from 1d to 365d")
    return duration


def _frequency(at: str, document: dict[str, Any]) -> Frequency | None:
    if "frequency" not in document:
        return None
    value = document["frequency"]
    if not isinstance(value, dict) or value.keys() != {"reads", "per"}:
        _refuse(at, "an object of two members, reads and per")
    reads = value["reads"]
    if type(reads) is not int or not 1 <= reads <= MOST_READS:
        _refuse(f"{at}.reads", f"a number from 1 to {MOST_READS}")
    _one_of(f"{at}.per", value["per"], WINDOWS)
    return Frequency(reads, value["per"])


def _refuse(at: str, why: str) -> NoReturn:
    raise DetailsError(f"{at}: {why}.")
