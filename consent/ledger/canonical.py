"""Canonical JSON (RFC 8785) on a closed subset: ASCII keys; str, int within 2^53, bool, null, lists, objects.

On that subset orjson with sorted keys writes the very bytes of RFC 8785, at a fraction of the cost: RFC 8785
sorts keys by UTF-16 units and orjson by code points, which agree on ASCII; numbers differ only for floats.
The guard keeps documents inside the subset; a reference implementation is the oracle of the tests.
"""

from collections.abc import Mapping
from typing import Any

import orjson

# What orjson would turn into something else (enums, datetimes, dataclasses) is refused, not converted.
_OPTIONS = (
    orjson.OPT_SORT_KEYS
    | orjson.OPT_STRICT_INTEGER
    | orjson.OPT_PASSTHROUGH_SUBCLASS
    | orjson.OPT_PASSTHROUGH_DATETIME
    | orjson.OPT_PASSTHROUGH_DATACLASS
)
SCALARS = frozenset((str, int, bool, type(None)))
_DEPTH = 32


class CanonicalError(ValueError):
    """A document, or a text, is outside the closed subset."""


def encode_guarded(document: Mapping[str, Any]) -> bytes:
    """The canonical bytes of a document whose values the caller has already held to the subset.

    Raises CanonicalError for an int beyond 2^53 - 1 or a lone surrogate, which only the encoder sees.
    """
    try:
        return orjson.dumps(document, option=_OPTIONS)
    except TypeError as error:
        raise CanonicalError(str(error)) from error


def canonical_json(document: Mapping[str, Any]) -> bytes:
    """The RFC 8785 bytes of `document`. Raises CanonicalError for anything outside the subset."""
    _guard(document, _DEPTH)
    return encode_guarded(document)


def parse_canonical(text: str) -> dict[str, Any]:
    """The object that `text` is the canonical form of.

    Raises CanonicalError when it is not JSON, not an object, or not canonical: one document, one text.
    """
    try:
        document = orjson.loads(text)
    except ValueError as error:  # orjson's own error is one; so is a lone surrogate in `text`
        raise CanonicalError(f"not JSON: {error}") from error
    if type(document) is not dict:
        raise CanonicalError("not a JSON object")
    if canonical_json(document) != text.encode():
        raise CanonicalError("not in canonical form")
    return document


def _guard(value: object, depth: int) -> None:
    kind = type(value)
    if kind in SCALARS:
        return
    if not depth:
        raise CanonicalError("nested too deep")
    if kind is dict:
        _guard_object(value, depth)  # type: ignore[arg-type]  # `kind` says it
    elif kind in {list, tuple}:
        if SCALARS.issuperset(map(type, value)):  # type: ignore[call-overload]  # `kind` says it
            return  # in C: most lists are of ids
        for item in value:  # type: ignore[attr-defined]  # `kind` says it
            _guard(item, depth - 1)
    else:
        raise CanonicalError(f"{kind.__name__} has no canonical form here")


def _guard_object(document: dict[Any, Any], depth: int) -> None:
    for key, value in document.items():
        if type(key) is not str or not key.isascii():
            raise CanonicalError("a key is not ASCII text")
        _guard(value, depth - 1)
