"""What was shared with us, parsed once into frozen values that pages can trust.

Items come from another program and hold what people typed: anything may be missing, long, or hostile to a
screen (control characters, right-to-left overrides). An item that has no label is left out, never an error.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_MOST_ITEMS = 200
_LONGEST_LABEL = 160
_LONGEST_TEXT = 1000
_LEVELS = {"unrated": 0, "beginner": 1, "intermediate": 2, "advanced": 3}


@dataclass(frozen=True, slots=True)
class Skill:
    """code: ROME skill code, or None for one's own words.

    level: 0 not assessed, 1 beginner, 2 fair, 3 advanced.
    """

    label: str
    code: str | None = None
    level: int = 0


@dataclass(frozen=True, slots=True)
class Milestone:
    """An experience or a training: what, where or with whom, when.

    when: `2019 – 2023`, `2013`, or nothing. since: the year it began, when it goes on. job: ROME sheet.
    """

    label: str
    place: str = ""
    when: str = ""
    since: str = ""
    text: str = ""
    job: str = ""


@dataclass(frozen=True, slots=True)
class Portfolio:
    """None: this set is not shared, or not read yet. An empty tuple: shared, and there is nothing in it."""

    skills: tuple[Skill, ...] | None = None
    experiences: tuple[Milestone, ...] | None = None
    trainings: tuple[Milestone, ...] | None = None


def skills_of(items: Sequence[Any]) -> tuple[Skill, ...]:
    return tuple(
        Skill(label=label, code=clean(item.get("rome_code"), 20) or None, level=_level(item.get("level")))
        for item in _objects(items)
        if (label := clean(item.get("label"), _LONGEST_LABEL))
    )


def experiences_of(items: Sequence[Any]) -> tuple[Milestone, ...]:
    return _milestones(items, place=("company", "place"), text="description")


def trainings_of(items: Sequence[Any]) -> tuple[Milestone, ...]:
    return _milestones(items, place=("place",), text="description")


def clean(value: object, longest: int) -> str:
    """Text safe to show: no control or direction characters, one space between words, cut at `longest`."""
    if not isinstance(value, str):
        return ""
    kept = "".join(
        " " if character.isspace() else character
        for character in value[: longest * 4]
        if character.isspace() or not unicodedata.category(character).startswith("C")
    )
    line = " ".join(kept.split())
    return line if len(line) <= longest else line[: longest - 1] + "…"


def _milestones(items: Sequence[Any], *, place: Sequence[str], text: str) -> tuple[Milestone, ...]:
    return tuple(
        Milestone(
            label=label,
            place=", ".join(part for name in place if (part := clean(item.get(name), _LONGEST_LABEL))),
            when="" if _goes_on(item) else _period(item),
            since=_year(item.get("start")) if _goes_on(item) else "",
            text=clean(item.get(text), _LONGEST_TEXT),
            job=clean(item.get("rome_code"), 5),
        )
        for item in _objects(items)
        if (label := clean(item.get("title"), _LONGEST_LABEL))
    )


def _objects(items: Sequence[Any]) -> list[Mapping[str, Any]]:
    return [item for item in items[:_MOST_ITEMS] if isinstance(item, dict)]


def _level(value: object) -> int:
    return _LEVELS.get(value, 0) if isinstance(value, str) else 0


def _goes_on(item: Mapping[str, Any]) -> bool:
    return item.get("current") is True and item.get("end") is None


def _period(item: Mapping[str, Any]) -> str:
    years = [_year(item.get("start")), _year(item.get("end") or item.get("end_year"))]
    return " – ".join(dict.fromkeys(year for year in years if year))


def _year(value: object) -> str:
    year = str(value)[:4] if isinstance(value, (str, int)) else ""
    return year if len(year) == 4 and year.isascii() and year.isdigit() else ""
