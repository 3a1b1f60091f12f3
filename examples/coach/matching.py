"""Comparing what a person can do with what a job asks.

Pure, and explained: every figure can be counted by hand.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from examples.coach.jobs import Expected, Job
from examples.coach.portfolio import Skill


@dataclass(frozen=True, slots=True)
class Match:
    """One expected skill and the person's own that answers it, None when she has none."""

    expected: Expected
    own: Skill | None

    @property
    def reached(self) -> bool:
        """A skill that nobody assessed counts: people know what they can do."""
        return self.own is not None and (self.own.level == 0 or self.own.level >= self.expected.level)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do. weeks: indicative. new: from nothing, else a level to raise."""

    expected: Expected
    new: bool
    weeks: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """reached + to_raise + missing are the job's skills, in its order; others: what she can do besides."""

    job: Job
    reached: tuple[Match, ...]
    to_raise: tuple[Match, ...]
    missing: tuple[Match, ...]
    others: tuple[Skill, ...]

    @property
    def total(self) -> int:
        return len(self.job.skills)

    @property
    def plan(self) -> tuple[Step, ...]:
        """What is missing, then what is to be raised; what the job cannot do without comes first."""
        steps = [Step(match.expected, new=True, weeks=match.expected.weeks) for match in self.missing]
        steps += [
            Step(match.expected, new=False, weeks=max(1, match.expected.weeks // 2))
            for match in self.to_raise
        ]
        return tuple(sorted(steps, key=lambda step: (not step.expected.essential, not step.new, step.weeks)))


def compare(skills: Iterable[Skill], job: Job) -> Comparison:
    """By ROME code first, then by normalised label in any of our languages; the best level counts."""
    own = sorted(skills, key=lambda skill: -skill.level)
    matches = [Match(expected, _answer(own, expected)) for expected in job.skills]
    used = {id(match.own) for match in matches}
    return Comparison(
        job=job,
        reached=tuple(match for match in matches if match.reached),
        to_raise=tuple(match for match in matches if match.own is not None and not match.reached),
        missing=tuple(match for match in matches if match.own is None),
        others=tuple(skill for skill in own if id(skill) not in used),
    )


def closest(skills: Sequence[Skill], jobs: Iterable[Job]) -> list[Comparison]:
    """The jobs, nearest first: by the share of their skills that is reached, then begun."""
    compared = [compare(skills, job) for job in jobs]
    return sorted(
        compared,
        key=lambda one: (-len(one.reached) / one.total, -len(one.to_raise) / one.total, one.job.code),
    )


def normalised(label: str) -> str:
    """Lower case, no accent, no punctuation: "Gérer l’agenda" and "gerer l'agenda" are one."""
    folded = unicodedata.normalize("NFKD", label).casefold()
    plain = unicodedata.normalize("NFKD", folded)
    return " ".join(
        "".join(
            character if character.isalnum() else " "
            for character in plain
            if not unicodedata.combining(character)
        ).split()
    )


def _answer(own: Sequence[Skill], expected: Expected) -> Skill | None:
    """The first of `own` (best level first) with the code, else with the label: codes change with time."""
    labels = {normalised(label) for label in expected.label.values()}
    by_code = (skill for skill in own if skill.code == expected.code)
    by_label = (skill for skill in own if normalised(skill.label) in labels)
    return next(by_code, None) or next(by_label, None)
