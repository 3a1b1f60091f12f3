"""What the apps of a person's grants are called, as she agreed to it."""

from collections.abc import Iterable
from typing import NamedTuple

import orjson
from sqlalchemy import Executable, bindparam, select
from sqlmodel import col

from consent.mirror.lists import given
from consent.tables import Grant
from foundation.database import Transaction
from foundation.statements import Statement


class _Terms(NamedTuple):
    grant_id: str
    terms_json: str


def _terms(dialect: str) -> Executable:
    return select(col(Grant.id), col(Grant.terms_json)).where(
        col(Grant.id).in_(given(dialect, "grants")), col(Grant.person_id) == bindparam("person_id")
    )


_TERMS = Statement(_terms, _Terms)


async def names_of(tx: Transaction, person_id: str, grants: Iterable[str]) -> dict[str, str]:
    """Grant id -> name of its app; nothing for another person's."""
    wanted = orjson.dumps(sorted(set(grants))).decode()
    rows = await tx.all(_TERMS, grants=wanted, person_id=person_id)
    return {row.grant_id: orjson.loads(row.terms_json)["elements"]["recipient"]["name"] for row in rows}
