"""A subset of the ROME (France Travail's referential of jobs), enough for the personas and the search box.

Sheets (a letter and four digits) group job titles (OGR codes) and name the skills usually expected. Codes
and labels are those of ROME 4.0, edition 460 (Licence Ouverte 2.0); nothing here is invented.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Generic, TypeVar

import orjson

_MOST_FOUND = 20
_LONGEST_QUERY = 100
_WORD = re.compile(r"[0-9a-z]+")


@dataclass(frozen=True, slots=True)
class RomeSkill:
    """A skill. kind: "know_how", "knowledge", or "soft" (savoir-être)."""

    code: str
    kind: str
    label: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """A job sheet; skills: those usually expected, the most usual first."""

    code: str
    label: str
    skills: tuple[RomeSkill, ...]


@dataclass(frozen=True, slots=True)
class JobTitle:
    """A title under which a job is known, and its sheet."""

    code: str
    label: str
    sheet: Sheet


def fold(text: str) -> str:
    """Lower case without accents: what a search compares."""
    ligatures = text.replace("œ", "oe").replace("Œ", "oe").replace("æ", "ae").replace("Æ", "ae")
    apart = unicodedata.normalize("NFKD", ligatures.casefold())
    return "".join(character for character in apart if not unicodedata.combining(character))


_Found = TypeVar("_Found", JobTitle, RomeSkill)


class _Index(Generic[_Found]):
    """Entries with their words; small enough to be walked at each search."""

    def __init__(self, entries: Iterable[tuple[_Found, str]]) -> None:
        self._entries: list[tuple[_Found, str, list[str]]] = [
            (entry, fold(text), _WORD.findall(fold(text))) for entry, text in entries
        ]

    def search(self, query: str, most: int) -> list[_Found]:
        wanted = _WORD.findall(fold(query[:_LONGEST_QUERY]))
        if not wanted:
            return []
        hits = [
            (not text.startswith(wanted[0]), len(text), text, place)
            for place, (_, text, words) in enumerate(self._entries)
            if all(any(word.startswith(part) for word in words) for part in wanted)
        ]
        return [self._entries[place][0] for *_, place in sorted(hits)[:most]]


@dataclass(frozen=True, slots=True)
class Referential:
    """Sheets, titles and skills by code, and their search indexes."""

    sheets: dict[str, Sheet]
    titles: dict[str, JobTitle]
    skills: dict[str, RomeSkill]
    title_index: _Index[JobTitle]
    skill_index: _Index[RomeSkill]


@cache
def referential() -> Referential:
    """The subset, read once."""
    data = orjson.loads((files("consent.profile") / "data" / "rome.json").read_bytes())
    skills = {code: RomeSkill(code, skill["kind"], skill["label"]) for code, skill in data["skills"].items()}
    sheets = {
        one["code"]: Sheet(one["code"], one["label"], tuple(skills[code] for code in one["skills"]))
        for one in data["sheets"]
    }
    titles = {
        title["code"]: JobTitle(title["code"], title["label"], sheets[one["code"]])
        for one in data["sheets"]
        for title in one["titles"]
    }
    return Referential(
        sheets,
        titles,
        skills,
        _Index((title, f"{title.label} {title.sheet.label} {title.sheet.code}") for title in titles.values()),
        _Index((skill, f"{skill.label} {skill.code}") for skill in skills.values()),
    )


def search_titles(query: str, *, most: int = _MOST_FOUND) -> list[JobTitle]:
    """Job titles in which every word of `query` begins a word, accents and case aside; best first."""
    return referential().title_index.search(query, most)


def search_skills(query: str, *, most: int = _MOST_FOUND) -> list[RomeSkill]:
    """Skills, searched in the same way."""
    return referential().skill_index.search(query, most)


def expected_skills(sheet_code: str) -> tuple[RomeSkill, ...]:
    """The skills usually expected for a job sheet; none for a sheet outside the subset."""
    sheet = referential().sheets.get(sheet_code)
    return () if sheet is None else sheet.skills
