"""Holding a person's keys while something is written for her, so that erasing her cannot pass in between.

A unit that makes a row of hers (a grant, a code, an item) holds her keys first; an erasure takes them for
itself. On PostgreSQL the locks make one wait for the other; on SQLite units are serial: a look is enough.
"""

from typing import NamedTuple

from sqlalchemy import bindparam, select
from sqlmodel import col

from foundation.database import Transaction
from foundation.errors import AccordError
from foundation.statements import Statement
from keys.tables import PersonKey


class _Wrapped(NamedTuple):
    wrapped: bytes


_HERS = select(col(PersonKey.wrapped)).where(col(PersonKey.person_id) == bindparam("person_id"))
_HOLD = Statement(_HERS.with_for_update(read=True, key_share=True), _Wrapped)
_TAKE = Statement(_HERS.with_for_update(), _Wrapped)


class PersonErasedError(AccordError):
    """She was erased between the first look at her request and what it would have written."""

    def __init__(self) -> None:
        super().__init__(
            "account_erased", "This account was erased. Nothing more can be done with it.", status=410
        )


async def is_held(tx: Transaction, person_id: str) -> bool:
    """Whether nobody erases her before this unit ends; False: somebody did."""
    return await tx.first(_HOLD, person_id=person_id) is not None


async def hold_person(tx: Transaction, person_id: str) -> None:
    """Nobody erases her before this unit ends. Raises PersonErasedError when somebody did."""
    if not await is_held(tx, person_id):
        raise PersonErasedError


async def take_person(tx: Transaction, person_id: str) -> bytes | None:
    """Her wrapped keys, for whoever erases her: nobody else has them until the unit ends. None: erased."""
    row = await tx.first(_TAKE, person_id=person_id)
    return None if row is None else row.wrapped
