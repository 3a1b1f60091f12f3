"""Per-person keys. Everything personal is sealed under them; destroying them is erasing it everywhere.

A person has a data key (seals profile, address, ledger payloads) and a secret (pseudonyms, pairwise
subjects, commitments). Both are random, wrapped together under a key of the server, bound to the person's id.
"""

import os
from typing import NamedTuple

from sqlalchemy import bindparam, delete, insert, select
from sqlmodel import col

from foundation.database import Transaction
from foundation.statements import Statement, Write
from keys.seal import KEY_BYTES, Sealer
from keys.tables import PersonKey


class PersonSecrets(NamedTuple):
    """A person's opened keys, 32 bytes each; held for seconds at most, never stored or logged."""

    data_key: bytes
    secret: bytes

    def __repr__(self) -> str:
        return "PersonSecrets(…)"


class WrappedRow(NamedTuple):
    wrapped: bytes


_INSERT = Write(insert(PersonKey))
_FIND = Statement(
    select(col(PersonKey.wrapped)).where(col(PersonKey.person_id) == bindparam("person_id")), WrappedRow
)
_DESTROY = Write(delete(PersonKey).where(col(PersonKey.person_id) == bindparam("person_id")))


class PeopleKeys:
    """Makes, opens and destroys per-person keys. wrapping_key: 32 bytes derived from the root secret."""

    def __init__(self, wrapping_key: bytes) -> None:
        self._wrapping = Sealer(wrapping_key)

    def open(self, person_id: str, wrapped: bytes) -> PersonSecrets:
        """The keys in a row's `wrapped` column. Raises SealError when it is not this person's."""
        both = self._wrapping.unseal(wrapped, person_id.encode())
        return PersonSecrets(both[:KEY_BYTES], both[KEY_BYTES:])

    async def create(self, tx: Transaction, person_id: str) -> PersonSecrets:
        """Fresh keys for a new person; raises ConflictError when she has some."""
        both = os.urandom(2 * KEY_BYTES)
        wrapped = self._wrapping.seal(both, person_id.encode())
        await tx.run(_INSERT, person_id=person_id, wrapped=wrapped)
        return PersonSecrets(both[:KEY_BYTES], both[KEY_BYTES:])

    async def find(self, tx: Transaction, person_id: str) -> PersonSecrets | None:
        """Her keys, or None once she was erased."""
        row = await tx.first(_FIND, person_id=person_id)
        return None if row is None else self.open(person_id, row.wrapped)

    async def destroy(self, tx: Transaction, person_id: str) -> bool:
        """Erase: nothing sealed under her keys opens any more. False when there was nothing to destroy."""
        return await tx.run(_DESTROY, person_id=person_id) > 0
