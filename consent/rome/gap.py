"""What a person has, and lacks, of the skills that a job expects: for her own eyes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import bindparam, func, select
from sqlmodel import col

from consent.rome.search import LIVE, Expected, expected_skills
from consent.rome.tables import RomeExpected
from foundation.database import Transaction
from foundation.statements import Statement

MOST_SUGGESTED = 8
_MOST_HELD = 100  # of her skills that a suggestion starts from
_NEAREST = 12  # job sheets


@dataclass(frozen=True, slots=True)
class Gap:
    """The skills expected for a job, cut in two by what she has.

    held, missing: those at the heart of the job; also_held, also_missing: those expected beside.
    """

    held: tuple[Expected, ...]
    missing: tuple[Expected, ...]
    also_held: tuple[Expected, ...]
    also_missing: tuple[Expected, ...]

    @property
    def core(self) -> int:
        """How many skills are at the heart of the job."""
        return len(self.held) + len(self.missing)


def gap(expected: Sequence[Expected], held: Iterable[str]) -> Gap:
    """`expected` of a job against the ROME codes of the skills `held`.

    A job whose sheet marks nothing as its heart has all its skills there.
    """
    hers, marked = frozenset(held), any(one.core for one in expected)
    core = [one for one in expected if one.core or not marked]
    beside = [one for one in expected if marked and not one.core]
    return Gap(
        tuple(one for one in core if one.code in hers),
        tuple(one for one in core if one.code not in hers),
        tuple(one for one in beside if one.code in hers),
        tuple(one for one in beside if one.code not in hers),
    )


class Near(NamedTuple):
    """A job sheet. shared: how many of some skills it expects."""

    sheet: str
    shared: int


_MINE: list[Any] = [bindparam(f"s{at}") for at in range(_MOST_HELD)]
_NEAREST_SHEETS = Statement(
    select(col(RomeExpected.sheet), func.count().label("shared"))
    .where(col(RomeExpected.edition) == LIVE, col(RomeExpected.skill).in_(_MINE))
    .group_by(col(RomeExpected.sheet))
    .order_by(func.count().desc(), col(RomeExpected.sheet))
    .limit(_NEAREST),
    Near,
)


async def often_along(tx: Transaction, held: Iterable[str], *, most: int = MOST_SUGGESTED) -> list[Expected]:
    """Skills that the jobs nearest to hers expect beside those she has, the most expected first.

    From the referential alone: nobody's profile is looked at. held: ROME codes; without any, nothing.
    """
    codes = sorted(frozenset(held))[:_MOST_HELD]
    if not codes:
        return []
    values = {f"s{at}": codes[at] if at < len(codes) else "" for at in range(_MOST_HELD)}
    near = await tx.all(_NEAREST_SHEETS, **values)
    sheets = [(one.shared, await expected_skills(tx, one.sheet)) for one in near]
    return along(sheets, codes, most)


def along(sheets: Sequence[tuple[int, Sequence[Expected]]], held: Iterable[str], most: int) -> list[Expected]:
    """The skills of `sheets` that are not `held`, best first: a sheet counts for the skills it shares.

    sheets: how many of her skills each shares, and what it expects; the heart of a job counts twice.
    """
    hers = frozenset(held)
    weight: dict[str, int] = {}
    found: dict[str, Expected] = {}
    for shared, expected in sheets:
        for one in expected:
            if one.code not in hers:
                weight[one.code] = weight.get(one.code, 0) + shared * (1 + one.core)
                found.setdefault(one.code, one)
    return sorted(found.values(), key=lambda one: (-weight[one.code], one.label))[:most]
