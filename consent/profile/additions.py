"""What an app adds to a profile under a scope that writes: marked with who added it, hers from then on.

She sees it, changes it, removes it like anything else of hers; an app adds, and never changes or removes.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from consent.profile.editing import check_item, new_item_id, stored, too_many
from consent.profile.problems import Problem, ProfileError
from consent.profile.schemas import MODELS
from consent.profile.store import Owner, StoredItem, load_for_edit, save
from consent.rome.search import find_skill
from foundation.database import Transaction
from foundation.errors import AccordError

SKILLS = "skills"
OURS = ("id", "added_by")
MOST_BY_APP = 50  # of one profile: beyond, an app would be writing it


class Added(NamedTuple):
    """What became of an addition.

    taken: the skill as it was understood. item: as it stands in the profile. new: False when she had one
    like it already; then nothing was written.
    """

    taken: StoredItem
    item: StoredItem
    new: bool


async def add_skill(
    tx: Transaction, owner: Owner, client_id: str, given: Mapping[str, Any], now: int
) -> Added:
    """Add a skill for an app. given: `kind`, `label`, `rome_code`, `level` as in the data API's answers.

    A skill of the ROME referential takes the referential's own label. One like it that is there already,
    whoever put it there, stays as it is: what she said of her own level is not an app's to change.
    Raises ProfileError, or AccordError `too_many_added` (409).
    """
    skill = check_item(SKILLS, await _named(tx, given))
    kept = await load_for_edit(tx, owner, SKILLS)
    model = MODELS[SKILLS]
    for old in kept.items:
        if model.model_validate(old).likeness() == skill.likeness():
            return Added(stored(skill, ""), old, new=False)
    if sum(old.get("added_by") == client_id for old in kept.items) >= MOST_BY_APP:
        raise AccordError(
            "too_many_added", f"An application adds {MOST_BY_APP} skills to a profile at most.", status=409
        )
    problems = list(too_many(SKILLS, len(kept.items) + 1))
    if problems:
        raise ProfileError(problems)
    item = stored(skill, new_item_id()) | {"added_by": client_id}
    await save(tx, owner, kept, [*kept.items, item], now)
    return Added(item, item, new=True)


async def _named(tx: Transaction, given: Mapping[str, Any]) -> dict[str, Any]:
    """With the referential's label where it has one. What is ours to say is refused, not overwritten."""
    own = [
        Problem(name, "extra_forbidden", "not for an application to say") for name in OURS if name in given
    ]
    if own:
        raise ProfileError(own)
    code = given.get("rome_code")
    known = await find_skill(tx, code) if isinstance(code, str) else None
    return {**given, "label": known.label} if known else dict(given)
