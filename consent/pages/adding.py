"""What a new item starts from: nothing, or a skill or a job picked in the ROME referential."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from consent.profile.rome import JobTitle, RomeSkill, referential, search_skills, search_titles
from foundation.web.forms import Form

FREE = "free"  # a skill in one's own words
_SEARCHED = {"skills", "job_targets"}


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing found. code: to pick it by; more: what tells it from another of the same name."""

    code: str
    label: str
    more: str


def found_by(dataset: str, query: str) -> list[Hit]:
    """What the referential holds for a search, best first."""
    if dataset == "skills":
        return [Hit(skill.code, skill.label, "") for skill in search_skills(query)]
    return [Hit(one.code, one.label, f"{one.sheet.code} – {one.sheet.label}") for one in search_titles(query)]


def start_of(dataset: str, form: Form) -> dict[str, Any] | None:
    """What is known of a new item before its form, from the `rome` code picked; None: search first."""
    if dataset not in _SEARCHED:
        return {}
    picked = form.single("rome")
    if dataset == "skills":
        if picked == FREE:
            return {"kind": "free"}
        skill = referential().skills.get(picked)
        return None if skill is None else _from_skill(skill)
    title = referential().titles.get(picked)
    return None if title is None else _from_title(title)


def _from_skill(skill: RomeSkill) -> dict[str, Any]:
    kind = "soft" if skill.kind == "soft" else "rome"
    return {"kind": kind, "label": skill.label, "rome_code": skill.code}


def _from_title(title: JobTitle) -> dict[str, Any]:
    return {
        "label": title.label,
        "appellation_code": title.code,
        "rome_code": title.sheet.code,
        "rome_label": title.sheet.label,
    }


def picked_code(start: Mapping[str, Any]) -> str:
    """The `rome` value that led to a start; "" for one that needed none."""
    return str(start.get("appellation_code") or start.get("rome_code") or start.get("kind", ""))
