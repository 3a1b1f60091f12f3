"""The JSON Schema (2020-12) of `authorization_details` as it is asked, made from the vocabulary itself.

It says all that can be said without an app: the registration bounds it further (rules.py). parse.py alone
decides; a test holds the two to one another.
"""

from typing import Any

from consent.catalogue import CATALOGUE, PURPOSES
from consent.choices import fields_of
from consent.limits import MOST_READS, WINDOWS
from idp.details.parse import (
    ALL,
    CURRENT,
    DATASETS,
    MEMBERS,
    MOST_OBJECTS,
    READ,
    REQUIRED,
    TYPE,
    WRITABLE,
    WRITE,
)

JSON = dict[str, Any]
SCHEMA_PATH = "/schemas/career-data.json"
# Once, or 1d to 365d (consent/limits.py).
_DURATION = "^(once|([1-9]|[1-9][0-9]|[12][0-9]{2}|3[0-5][0-9]|36[0-5])d)$"


def career_data_schema(issuer: str) -> JSON:
    """The schema of the whole parameter."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": issuer + SCHEMA_PATH,
        "title": "authorization_details of the type career_data (RFC 9396)",
        "type": "array",
        "minItems": 1,
        "maxItems": MOST_OBJECTS,
        "items": _object(),
    }


def _object() -> JSON:
    properties: JSON = {
        "type": {"const": TYPE},
        "datasets": _names(DATASETS, "What is asked, by the names of the data API."),
        "actions": _names((READ, WRITE), "To read it, to add to it."),
        "fields": {
            "type": "object",
            "description": "By dataset, the only fields asked; all of them for a dataset that is not named.",
            "properties": {name: _names(_fields(name)) for name in DATASETS},
            "additionalProperties": False,
        },
        "items": {
            "enum": [CURRENT, ALL],
            "description": "Only what is in the profile when she answers, or what she adds later too.",
            "default": ALL,
        },
        "purpose": {"enum": list(PURPOSES), "description": "The one that was approved for the app."},
        "duration": {
            "type": "string",
            "pattern": _DURATION,
            "description": "The longest asked for; she may choose a shorter one.",
        },
        "frequency": {
            "type": "object",
            "description": "A promise, enforced: so many reads of each dataset in a window of time.",
            "properties": {
                "reads": {"type": "integer", "minimum": 1, "maximum": MOST_READS},
                "per": {"enum": list(WINDOWS)},
            },
            "required": ["reads", "per"],
            "additionalProperties": False,
        },
    }
    assert set(properties) == set(MEMBERS)  # noqa: S101  # one vocabulary
    return {
        "type": "object",
        "properties": properties,
        "required": list(REQUIRED),
        "additionalProperties": False,
        "allOf": [_writing(), _reading()],
    }


def _writing() -> JSON:
    """Few datasets can be added to."""
    writes = {"properties": {"actions": {"contains": {"const": WRITE}}}}
    return {"if": writes, "then": {"properties": {"datasets": {"items": {"enum": list(WRITABLE)}}}}}


def _reading() -> JSON:
    """What narrows reading goes with it."""
    reads = {"properties": {"actions": {"contains": {"const": READ}}}}
    none = dict.fromkeys(("fields", "items", "frequency"), False)
    return {"if": reads, "else": {"properties": none}}


def _fields(dataset: str) -> list[str]:
    return [one.name for one in fields_of(dataset, CATALOGUE[dataset].edition)]


def _names(known: Any, description: str = "") -> JSON:  # noqa: ANN401  # any collection of names
    said: JSON = {"type": "array", "minItems": 1, "uniqueItems": True, "items": {"enum": list(known)}}
    return said | ({"description": description} if description else {})
