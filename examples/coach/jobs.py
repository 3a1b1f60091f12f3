"""The jobs that Cap Coaching knows: a small ROME subset of its own, read once from `data/jobs.json`."""

import json
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

_FILE = Path(__file__).parent / "data" / "jobs.json"

Texts = dict[str, str]
"""The same text by language: {"fr": …, "en": …}."""


class Way(StrEnum):
    """How a skill is best gained."""

    COURSE = "course"
    ONLINE = "online"
    PRACTICE = "practice"
    CERTIFICATE = "certificate"


@dataclass(frozen=True, slots=True)
class Expected:
    """A skill that a job asks. code: ROME's. level: 1 to 3. weeks: to gain it from nothing, indicative."""

    code: str
    label: Texts
    level: int
    essential: bool
    way: Way
    weeks: int


@dataclass(frozen=True, slots=True)
class Job:
    """code: ROME sheet, a letter and four digits."""

    code: str
    label: Texts
    summary: Texts
    skills: tuple[Expected, ...]


@cache
def all_jobs() -> dict[str, Job]:
    """Jobs by code, in the file's order. A wrong file stops the start."""
    document = json.loads(_FILE.read_text("utf-8"))
    known = document["skills"]
    return {
        entry["code"]: Job(
            code=entry["code"],
            label=entry["label"],
            summary=entry["summary"],
            skills=tuple(
                Expected(**ask, **{**known[ask["code"]], "way": Way(known[ask["code"]]["way"])})
                for ask in entry["skills"]
            ),
        )
        for entry in document["jobs"]
    }
