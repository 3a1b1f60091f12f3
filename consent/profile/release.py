"""What a choice lets out of a dataset: exactly that, and nothing by default.

Pure and cheap: this runs on every data read. Items are the stored ones, plain dictionaries; their ids are
the person's handles on them and never leave (two apps could compare them).
"""

from functools import lru_cache
from typing import Any, NamedTuple

from consent.catalogue import CATALOGUE
from consent.choices import Choice, Items, fields_of

Fields = dict[str, Any]


class Released(NamedTuple):
    """What goes out for one scope.

    data: a list of items; for a dataset of one, the item or None. fields: names of the fields released.
    items: ids of the items released, for the ledger's sealed payload.
    """

    data: list[Fields] | Fields | None
    fields: tuple[str, ...]
    items: tuple[str, ...]


@lru_cache(256)
def _names(scope: str, edition: int, only: frozenset[str] | None) -> tuple[str, ...]:
    return tuple(field.name for field in fields_of(scope, edition, only))


def release(scope: str, items: Items, choice: Choice) -> Released:
    """What `choice` lets out of `items`, the dataset of `scope` as stored.

    A scope that was not granted releases nothing. Every item has every field that was granted, null where
    it holds none, and no other.
    """
    shared = choice.scopes.get(scope)
    dataset = CATALOGUE[scope].dataset
    if shared is None or dataset is None:
        return Released(None if dataset is None or dataset.single else [], (), ())
    names = _names(scope, shared.edition, shared.fields)
    out = shared.lets_out(items)
    data = [{name: item.get(name) for name in names} for item in out]
    ids = tuple([item["id"] for item in out])
    if dataset.single:
        return Released(data[0] if data else None, names, ids)
    return Released(data, names, ids)


def identity_claims(identity: Items, choice: Choice) -> Fields:
    """The OpenID Connect claims of the `profile` scope (OIDC Core section 5.1); empty when not granted."""
    person = release("profile", identity, choice).data
    if not isinstance(person, dict):
        return {}
    names = [person[name] for name in ("given_name", "family_name") if person.get(name)]
    claims = {"name": " ".join(names)} | person
    return {name: value for name, value in claims.items() if value}


def email_claims(address: str, choice: Choice, *, verified: bool) -> Fields:
    """The claims of the `email` scope: an address leaves only once its owner confirmed it."""
    if "email" not in choice.scopes or not verified:
        return {}
    return {"email": address, "email_verified": True}
