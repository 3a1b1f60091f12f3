"""What the server publishes about records: JSON Schemas (2020-12) and the JSON-LD context."""

from functools import cache
from importlib import resources
from typing import Any

import orjson

SCHEMAS = ("consent-record-1", "consent-record-2", "consent-receipt", "receipt-file")
SCHEMAS_PATH = "/schemas/"


@cache
def schema(name: str) -> dict[str, Any]:
    """A schema by name, as it stands in the package; its `$id` is a path of the server that publishes it."""
    if name not in SCHEMAS:
        raise LookupError(name)
    text = resources.files("consent.records").joinpath("schemas", f"{name}.json").read_bytes()
    found: dict[str, Any] = orjson.loads(text)
    return found


def published(name: str, issuer: str) -> dict[str, Any]:
    """The same, under the address where `issuer` publishes it."""
    document = schema(name)
    return document | {"$id": issuer + document["$id"]}
