"""Searching the live edition, and reading what it says of one code."""

from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Integer, Text, bindparam, case, func, select
from sqlmodel import col

from consent.rome.tables import RomeEdition, RomeExpected, RomeSheet, RomeSkill, RomeTitle, RomeWord
from consent.rome.words import last_led_to, wanted
from foundation.database import Transaction
from foundation.statements import Statement

MOST_FOUND = 20


class Skill(NamedTuple):
    """A skill of the referential. kind: "know_how", "knowledge" or "soft"."""

    code: str
    kind: str
    label: str


class Title(NamedTuple):
    """A title under which a job is known, and its sheet."""

    code: str
    label: str
    sheet: str
    sheet_label: str


class Expected(NamedTuple):
    """A skill expected for a job. core: 1 when it is at the heart of it."""

    code: str
    kind: str
    label: str
    core: int


class Edition(NamedTuple):
    """The edition that is searched. source: "shipped" (a subset) or "files" (the whole)."""

    id: str
    name: str
    source: str
    live_at: int


class SheetLabel(NamedTuple):
    """The name of a job sheet."""

    label: str


LIVE = (
    select(col(RomeEdition.id))
    .where(col(RomeEdition.live_at).is_not(None))
    .order_by(col(RomeEdition.live_at).desc(), col(RomeEdition.id).desc())
    .limit(1)
    .scalar_subquery()
)
_SKILL = (col(RomeSkill.code), col(RomeSkill.kind), col(RomeSkill.label))
_TITLE = (col(RomeTitle.code), col(RomeTitle.label), col(RomeTitle.sheet), col(RomeSheet.label))
_WITH_SHEET = (col(RomeSheet.edition) == col(RomeTitle.edition), col(RomeSheet.code) == col(RomeTitle.sheet))

_FIND_EDITION = Statement(
    select(
        col(RomeEdition.id), col(RomeEdition.name), col(RomeEdition.source), col(RomeEdition.live_at)
    ).where(col(RomeEdition.id) == LIVE),
    Edition,
)
_FIND_SKILL = Statement(
    select(*_SKILL).where(col(RomeSkill.edition) == LIVE, col(RomeSkill.code) == bindparam("code")), Skill
)
_FIND_TITLE = Statement(
    select(*_TITLE)
    .join(RomeSheet, _WITH_SHEET[0] & _WITH_SHEET[1])
    .where(col(RomeTitle.edition) == LIVE, col(RomeTitle.code) == bindparam("code")),
    Title,
)
_FIND_SHEET = Statement(
    select(col(RomeSheet.label)).where(
        col(RomeSheet.edition) == LIVE, col(RomeSheet.code) == bindparam("code")
    ),
    SheetLabel,
)
_BY_LABEL = Statement(
    select(*_SKILL)
    .where(col(RomeSkill.edition) == LIVE, col(RomeSkill.folded) == bindparam("folded"))
    .order_by(col(RomeSkill.code))
    .limit(1),
    Skill,
)
_EXPECTED = Statement(
    select(*_SKILL, col(RomeExpected.core))
    .join(
        RomeSkill,
        (col(RomeSkill.edition) == col(RomeExpected.edition))
        & (col(RomeSkill.code) == col(RomeExpected.skill)),
    )
    .where(col(RomeExpected.edition) == LIVE, col(RomeExpected.sheet) == bindparam("sheet"))
    .order_by(col(RomeExpected.core).desc(), col(RomeExpected.place)),
    Expected,
)


def _searching(found: Any, model: Any, of: str, count: int) -> Any:  # noqa: ANN401  # a SELECT of either table
    """What `count` typed words all lead to; best first."""
    for at in range(count):
        leads = select(col(RomeWord.code)).where(
            col(RomeWord.edition) == LIVE,
            col(RomeWord.of) == of,
            col(RomeWord.word) >= bindparam(f"from{at}"),
            col(RomeWord.word) <= bindparam(f"to{at}"),
        )
        found = found.where(col(model.code).in_(leads))
    first = bindparam("first", type_=Text)
    begins = case((func.substr(col(model.folded), 1, func.length(first)) == first, 0), else_=1)
    return (
        found.where(col(model.edition) == LIVE)
        .order_by(begins, func.length(col(model.folded)), col(model.folded))
        .limit(bindparam("most", type_=Integer))
    )


@cache
def _search_statement(of: str, count: int) -> Statement[Any]:
    if of == "skill":
        return Statement(_searching(select(*_SKILL), RomeSkill, of, count), Skill)
    titles = select(*_TITLE).join(RomeSheet, _WITH_SHEET[0] & _WITH_SHEET[1])
    return Statement(_searching(titles, RomeTitle, of, count), Title)


async def _search(tx: Transaction, of: str, query: str, most: int) -> list[Any]:
    words = wanted(query)
    if not words:
        return []
    bounds = {f"from{at}": word for at, word in enumerate(words)}
    bounds |= {f"to{at}": last_led_to(word) for at, word in enumerate(words)}
    return await tx.all(_search_statement(of, len(words)), **bounds, first=words[0], most=most)


async def search_titles(tx: Transaction, query: str, *, most: int = MOST_FOUND) -> list[Title]:
    """Job titles in which every word of `query` begins a word, accents and case aside; best first."""
    return await _search(tx, "title", query, most)


async def search_skills(tx: Transaction, query: str, *, most: int = MOST_FOUND) -> list[Skill]:
    """Skills, searched in the same way."""
    return await _search(tx, "skill", query, most)


async def find_skill(tx: Transaction, code: str) -> Skill | None:
    """The skill of a code, or None."""
    return await tx.first(_FIND_SKILL, code=code)


async def find_title(tx: Transaction, code: str) -> Title | None:
    """The job title of an OGR code, or None."""
    return await tx.first(_FIND_TITLE, code=code)


async def find_sheet_label(tx: Transaction, code: str) -> str | None:
    """The name of a job sheet, or None."""
    row = await tx.first(_FIND_SHEET, code=code)
    return None if row is None else row.label


async def skill_named(tx: Transaction, folded: str) -> Skill | None:
    """The skill of exactly this label, case and accents aside (words.fold); never a near one."""
    return await tx.first(_BY_LABEL, folded=folded)


async def expected_skills(tx: Transaction, sheet: str) -> list[Expected]:
    """The skills expected for a job sheet, those at its heart first; none for an unknown sheet."""
    return await tx.all(_EXPECTED, sheet=sheet)


async def live_edition(tx: Transaction) -> Edition | None:
    """The edition that is searched, or None before any was loaded."""
    return await tx.first(_FIND_EDITION)
