"""Receipts that wait for their signature.

Where a module has the receipts' key, a decision does not wait for it: its unit keeps the receipt whole but
for the signature, which is added within seconds. Withdrawing and erasing go on though the module hangs.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import bindparam, func, select, update
from sqlmodel import col

from consent.records.packing import pack, unpack
from consent.records.receipts import read_claims
from consent.records.tables import ConsentRecord
from foundation.database import Database, Transaction
from foundation.statements import Statement, Write

_MOST = 100  # receipts a pass: what a module signs well within its patience
SignAll = Callable[[Sequence[dict[str, Any]]], Awaitable[list[str]]]  # claims of each -> its compact JWS


class _Waiting(NamedTuple):
    event_id: str
    packed: bytes


class Backlog(NamedTuple):
    """since: microseconds, None for none."""

    receipts: int
    since: int | None


_WAITS = col(ConsentRecord.unsigned_since).is_not(None)
_FIND = Statement(
    select(col(ConsentRecord.event_id), col(ConsentRecord.packed))
    .where(_WAITS)
    .order_by(col(ConsentRecord.event_id))
    .limit(bindparam("most")),
    _Waiting,
)
_COUNT = Statement(
    select(func.count(), func.min(col(ConsentRecord.unsigned_since)))
    .select_from(ConsentRecord)
    .where(_WAITS),
    Backlog,
)
# Of two nodes that signed the same one, the first is kept; of one that was erased meanwhile, nothing.
_SIGNED = Write(
    update(ConsentRecord)
    .where(col(ConsentRecord.event_id) == bindparam("signed_id"), _WAITS)
    .values(packed=bindparam("whole"), unsigned_since=None)
)


async def sign_waiting(db: Database, sign: SignAll) -> int:
    """Add the signatures that are missing, a bounded number at a time, the oldest first; how many."""
    async with db.reading() as tx:
        found = await tx.all(_FIND, most=_MOST)
    if not found:
        return 0
    receipts = await sign([read_claims(unpack(row.packed)) for row in found])
    async with db.transaction() as tx:
        for row, receipt in zip(found, receipts, strict=True):
            await tx.run(_SIGNED, signed_id=row.event_id, whole=pack(receipt))
    return len(found)


async def backlog(tx: Transaction) -> Backlog:
    """How many receipts wait for their signature, and since when."""
    return await tx.one(_COUNT)
