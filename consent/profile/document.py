"""A whole profile as one JSON document: what `accord person add --from FILE.json` takes.

An object with one member a dataset, all optional: a list of items, or an object (or null) for a dataset of
which a person has one. `document_schema()` is its JSON Schema; docs and errors follow from the same models.
"""

from collections.abc import Mapping
from typing import Any

import orjson
from pydantic import TypeAdapter, create_model

from consent.profile.editing import check_items, import_dataset
from consent.profile.fields import DATASETS
from consent.profile.problems import Problem, ProfileError, path_of
from consent.profile.schemas import MODELS, Item
from consent.profile.store import Owner
from foundation.database import Transaction

Document = Mapping[str, list[Item]]
_LONGEST = 2_000_000  # bytes; ten times the richest believable profile


def parse_document(text: bytes | str) -> Document:
    """The validated datasets of a JSON text. Raises ProfileError naming the path of every bad value."""
    if len(text) > _LONGEST:
        raise ProfileError([Problem(path_of([]), "too_long", f"at most {_LONGEST} bytes")])
    try:
        given = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise ProfileError([Problem(path_of([]), "not_json", f"not JSON: {error}")]) from None
    return read_document(given)


def read_document(given: object) -> Document:
    """The validated datasets of a parsed document. Raises ProfileError."""
    if not isinstance(given, dict):
        raise ProfileError([Problem(path_of([]), "not_object", "an object is expected")])
    problems: list[Problem] = [
        Problem(path_of([name]), "extra_forbidden", "there is no such dataset")
        for name in given
        if name not in DATASETS
    ]
    found: dict[str, list[Item]] = {}
    for name in DATASETS:
        try:
            found[name] = check_items(name, _items(name, given.get(name)))
        except ProfileError as error:
            problems.extend(error.problems)
    if problems:
        raise ProfileError(problems)
    return found


def _items(name: str, given: object) -> list[dict[str, Any]]:
    if given is None:
        return []
    if DATASETS[name].single:
        given = [given]
    if not isinstance(given, list):
        raise ProfileError([Problem(name, "list_type", "a list is expected")])
    wrong = [place for place, item in enumerate(given) if not isinstance(item, dict)]
    if wrong:
        raise ProfileError(
            Problem(path_of([name, place]), "not_object", "an object is expected") for place in wrong
        )
    return given


async def import_document(tx: Transaction, owner: Owner, document: Document, now: int) -> None:
    """Store every dataset of a document, replacing what was there."""
    for name, items in document.items():
        await import_dataset(tx, owner, name, items, now)


def document_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of the document."""
    fields: dict[str, Any] = {
        name: (MODELS[name] | None if DATASETS[name].single else list[MODELS[name]], None)  # type: ignore[valid-type]  # built from the table
        for name in DATASETS
    }
    model = create_model("Profile", __config__={"extra": "forbid"}, **fields)
    return TypeAdapter(model).json_schema()
