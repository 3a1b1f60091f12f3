"""Holding a receipt's claims to the published schemas."""

from functools import cache
from typing import Any

import jsonschema
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from consent.records.documents import SCHEMAS, published

BASE = "https://schemas.example"


@cache
def validator(name: str) -> jsonschema.Draft202012Validator:
    found = {one: published(one, BASE) for one in SCHEMAS}
    resources = [(document["$id"], DRAFT202012.create_resource(document)) for document in found.values()]
    registry: Registry[Any] = Registry().with_resources(resources)
    return jsonschema.Draft202012Validator(found[name], registry=registry)


def faults(name: str, document: object) -> list[str]:
    """What the schema finds wrong, where."""
    return [f"{error.json_path}: {error.message[:200]}" for error in validator(name).iter_errors(document)]


def record_faults(record: dict[str, Any]) -> list[str]:
    number = record["schema_version"].rpartition("/")[2]
    return faults(f"consent-record-{number}", record)
