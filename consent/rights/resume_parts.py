"""Reading one object of a file strictly: a text is a text, a date is a date; anything else says where."""

import re
from collections.abc import Mapping
from typing import Any

_ISO = re.compile(r"[12][0-9]{3}(-[01][0-9](-[0-3][0-9])?)?", re.ASCII)


class CannotError(Exception):
    """A part that cannot be taken. where: below the entry's path. kind: as in profile/problems.py."""

    def __init__(self, where: str, kind: str, english: str) -> None:
        super().__init__(english)
        self.where, self.kind, self.english = (where,), kind, english


class Part:
    """One object of the file, read strictly: a text is a text, a date is a date."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        self._given = given
        beside = given.get("accord")
        self.beside: Mapping[str, Any] = beside if isinstance(beside, dict) else {}

    def text(self, name: str) -> str | None:
        value = self._given.get(name)
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            raise CannotError(name, "string_type", "a text is expected")
        return value

    def texts(self, name: str) -> list[str]:
        values = self._given.get(name) or []
        if not isinstance(values, list) or not all(isinstance(one, str) for one in values):
            raise CannotError(name, "list_type", "a list of texts is expected")
        return [one for one in values if one.strip()]

    def date(self, name: str) -> str | None:
        text = self.text(name)
        if text is not None and not _ISO.fullmatch(text):
            raise CannotError(name, "date_form", "a date is YYYY, YYYY-MM or YYYY-MM-DD")
        return text

    def part(self, name: str) -> "Part":
        value = self._given.get(name) or {}
        if not isinstance(value, dict):
            raise CannotError(name, "not_object", "an object is expected")
        return Part(value)

    def needed(self, *names: str) -> str:
        for name in names:
            text = self.text(name)
            if text is not None:
                return text
        raise CannotError(names[0], "missing", "this is needed")
