"""Proofs from stored tiles: a few rows a level, whatever the size of the log."""

from typing import NamedTuple

from sqlalchemy import Executable, bindparam, or_, select, union_all
from sqlmodel import col

from consent.ledger.leaf import leaf_hash
from consent.ledger.merkle import Range, consistency_ranges, inclusion_ranges
from consent.ledger.moments import promised_by
from consent.ledger.store import hashes_of
from consent.ledger.tables import LedgerEntry, LedgerEvent, LedgerRetired
from consent.ledger.witnessing.witnessed import heads
from foundation.database import Transaction
from foundation.statements import Statement


class Inclusion(NamedTuple):
    """A proof that an event stands at `position` in the tree of `size` events that `note` signs.

    leaf_hash and the hashes of proof: 32 bytes; root is the one in the note.
    """

    event_id: str
    leaf_hash: bytes
    position: int
    size: int
    proof: tuple[bytes, ...]
    root: bytes
    note: str


class Promised(NamedTuple):
    """An event that is recorded and that no signed head covers yet. deadline: microseconds."""

    event_id: str
    leaf_hash: bytes
    deadline: int


class _Place(NamedTuple):
    position: int
    size: int | None
    root: bytes
    note: str


class _Text(NamedTuple):
    leaf: str


# An event that went with its period left its place, and its hash in its tile: its receipts verify for ever.
_STANDS = union_all(
    *(
        select(col(table.position)).where(col(table.event_id) == bindparam("event_id"))
        for table in (LedgerEntry, LedgerRetired)
    )
).subquery("stands")


def _place(dialect: str) -> Executable:
    """Where it stands; under a head that a quorum has seen where that covers it, else under the newest."""
    known = heads(dialect)
    return (
        select(_STANDS.c.position, known.c.size, known.c.root, known.c.note)
        .select_from(_STANDS)
        .outerjoin(known, or_(known.c.agreed == 0, known.c.size > _STANDS.c.position))
        .order_by(known.c.agreed.desc())
        .limit(1)
    )


_PLACE = Statement(_place, _Place)
_LEAF = Statement(select(col(LedgerEvent.leaf)).where(col(LedgerEvent.id) == bindparam("event_id")), _Text)


async def prove(tx: Transaction, origin: str, event_id: str) -> Inclusion | Promised | None:
    """The proof of an event under the last head of `origin`, the promise of one, or None for no such event.

    Raises TileError when a stored tile that the proof needs is missing or damaged.
    """
    place = await tx.first(_PLACE, event_id=event_id, origin=origin)
    if place is None:
        text = await tx.first(_LEAF, event_id=event_id)
        hashed = None if text is None else leaf_hash(text.leaf.encode())
        return None if hashed is None else Promised(event_id, hashed, promised_by(event_id))
    position, size, root, note = place
    own = Range(position, position + 1)
    if size is None or position >= size:
        (hashed,) = await hashes_of(tx, [own])
        return Promised(event_id, hashed, promised_by(event_id))
    hashed, *proof = await hashes_of(tx, [own, *inclusion_ranges(position, size)])
    return Inclusion(event_id, hashed, position, size, tuple(proof), root, note)


async def prove_consistency(tx: Transaction, old: int, new: int) -> tuple[bytes, ...]:
    """The proof that the tree of `new` events extends that of `old` ones.

    Raises ProofError unless 0 < old <= new, TileError when the log does not hold `new` events.
    """
    return await hashes_of(tx, consistency_ranges(old, new))
