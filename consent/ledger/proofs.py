"""Proofs from stored tiles: a few rows a level, whatever the size of the log."""

from typing import NamedTuple

from sqlalchemy import bindparam, select
from sqlmodel import col

from consent.ledger.leaf import leaf_hash
from consent.ledger.merkle import Range, consistency_ranges, inclusion_ranges
from consent.ledger.moments import promised_by
from consent.ledger.retiring.retirements import place_of_gone
from consent.ledger.store import read_tiles
from consent.ledger.tables import LedgerEntry, LedgerEvent
from consent.ledger.tiles import hash_of, tiles_of
from consent.ledger.witnessing.witnessed import read_proving
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
    leaf_hash: bytes


class _Text(NamedTuple):
    leaf: str


_PLACE = Statement(
    select(col(LedgerEntry.position), col(LedgerEntry.leaf_hash)).where(
        col(LedgerEntry.event_id) == bindparam("event_id")
    ),
    _Place,
)
_LEAF = Statement(select(col(LedgerEvent.leaf)).where(col(LedgerEvent.id) == bindparam("event_id")), _Text)


async def prove(tx: Transaction, origin: str, event_id: str) -> Inclusion | Promised | None:
    """The proof of an event under the last head of `origin`, the promise of one, or None for no such event.

    Raises TileError when a stored tile that the proof needs is missing or damaged.
    """
    place = await tx.first(_PLACE, event_id=event_id) or await _place_of_gone(tx, event_id)
    if place is None:
        text = await tx.first(_LEAF, event_id=event_id)
        hashed = None if text is None else leaf_hash(text.leaf.encode())
        return None if hashed is None else Promised(event_id, hashed, promised_by(event_id))
    head = await read_proving(tx, origin, place.position)
    if head is None or place.position >= head.size:
        return Promised(event_id, place.leaf_hash, promised_by(event_id))
    proof = await _hashes(tx, inclusion_ranges(place.position, head.size))
    return Inclusion(event_id, place.leaf_hash, place.position, head.size, proof, head.root, head.note)


async def _place_of_gone(tx: Transaction, event_id: str) -> _Place | None:
    """Of an event that went with its period: its hash stays in its tile, so its receipts verify for ever."""
    gone = await place_of_gone(tx, event_id)
    if gone is None:
        return None
    own = Range(gone.position, gone.position + 1)
    return _Place(gone.position, hash_of(own, await read_tiles(tx, tiles_of([own]))))


async def prove_consistency(tx: Transaction, old: int, new: int) -> tuple[bytes, ...]:
    """The proof that the tree of `new` events extends that of `old` ones.

    Raises ProofError unless 0 < old <= new, TileError when the log does not hold `new` events.
    """
    return await _hashes(tx, consistency_ranges(old, new))


async def _hashes(tx: Transaction, ranges: list[Range]) -> tuple[bytes, ...]:
    tiles = await read_tiles(tx, tiles_of(ranges))
    return tuple(hash_of(part, tiles) for part in ranges)
