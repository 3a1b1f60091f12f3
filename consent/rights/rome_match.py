"""A skill's place in ROME, by the identifier that a file gives or by ROME's own label; never by likeness."""

from collections.abc import Sequence

from consent.profile.schemas import Skill
from consent.rights.resume_import import Draft
from consent.rome.search import find_skill, skill_named
from foundation.database import Transaction
from foundation.folding import fold

_SOFT = "soft"


async def matched(tx: Transaction, drafts: Sequence[Draft]) -> tuple[Draft, ...]:
    """The same drafts; a skill that ROME has under that very code or label is said to be of ROME."""
    return tuple([await _match(tx, draft) for draft in drafts])


async def _match(tx: Transaction, draft: Draft) -> Draft:
    skill = draft.item
    if not isinstance(skill, Skill):
        return draft
    found = await find_skill(tx, draft.rome) if draft.rome else None
    found = found or await skill_named(tx, fold(skill.label))
    if found is None:
        return draft
    kind = "soft" if found.kind == _SOFT else "rome"
    fields = skill.model_dump(exclude_unset=True) | {"kind": kind, "rome_code": found.code}
    return draft._replace(item=Skill.model_validate(fields))
