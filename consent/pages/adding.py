"""What a new item starts from: nothing, or a skill or a job picked in the ROME referential."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from consent.rome.search import Skill, Title, find_skill, find_title, search_skills, search_titles
from foundation.database import Transaction
from foundation.web.forms import Form

FREE = "free"  # a skill in one's own words
_SEARCHED = {"skills", "job_targets"}


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing found. code: to pick it by; more: what tells it from another of the same name."""

    code: str
    label: str
    more: str


async def found_by(tx: Transaction, dataset: str, query: str) -> list[Hit]:
    """What the referential holds for a search, best first."""
    if dataset == "skills":
        return [Hit(skill.code, skill.label, "") for skill in await search_skills(tx, query)]
    return [
        Hit(one.code, one.label, f"{one.sheet} – {one.sheet_label}") for one in await search_titles(tx, query)
    ]


async def start_of(tx: Transaction, dataset: str, form: Form) -> dict[str, Any] | None:
    """What is known of a new item before its form, from the `rome` code picked; None: search first."""
    if dataset not in _SEARCHED:
        return {}
    picked = form.single("rome")
    if dataset == "skills":
        if picked == FREE:
            return {"kind": "free"}
        skill = await find_skill(tx, picked)
        return None if skill is None else from_skill(skill)
    title = await find_title(tx, picked)
    return None if title is None else _from_title(title)


def from_skill(skill: Skill) -> dict[str, Any]:
    """The item of a profile that a skill of the referential becomes, its level still to say."""
    kind = "soft" if skill.kind == "soft" else "rome"
    return {"kind": kind, "label": skill.label, "rome_code": skill.code}


def _from_title(title: Title) -> dict[str, Any]:
    return {
        "label": title.label,
        "appellation_code": title.code,
        "rome_code": title.sheet,
        "rome_label": title.sheet_label,
    }


def picked_code(start: Mapping[str, Any]) -> str:
    """The `rome` value that led to a start; "" for one that needed none."""
    return str(start.get("appellation_code") or start.get("rome_code") or start.get("kind", ""))
