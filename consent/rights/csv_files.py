"""CSV (RFC 4180) for spreadsheets: comma, CRLF, UTF-8 with a byte order mark.

The mark makes spreadsheets read accents right; a program opens the file as "utf-8-sig". A text that a
spreadsheet would run as a formula gets an apostrophe in front: the JSON files have it untouched.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

from consent.profile.fields import Dataset

MARK = b"\xef\xbb\xbf"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "|", "%", "＝", "＋", "－", "＠")  # the wide ones too


def lines(rows: Iterable[Sequence[object]]) -> bytes:
    """Rows of a file, without the mark that opens it."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([[cell(value) for value in row] for row in rows])
    return text.getvalue().encode()


def cell(value: object) -> str:
    """A value as a spreadsheet may hold it: never a formula."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    text = value if isinstance(value, str) else _joined(value)
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text


def _joined(value: object) -> str:
    if isinstance(value, (list, tuple)) and all(isinstance(one, str) for one in value):
        return " | ".join(value)
    return "" if value in ([], ()) else orjson.dumps(value).decode()


def dataset_file(dataset: Dataset, items: Sequence[Mapping[str, Any]]) -> bytes:
    """One dataset: a line of the fields' names, then one an item."""
    names = [field.name for field in dataset.fields]
    return MARK + lines([names, *([item.get(name) for name in names] for item in items)])
