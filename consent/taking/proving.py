"""Proofs of many events under the same heads: what a page of them needs of the tree is read once."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

from consent.ledger.merkle import Range, inclusion_ranges
from consent.ledger.notes.tlog_proof import TlogProof
from consent.ledger.public import head_or_wait
from consent.ledger.store import Head, read_tiles
from consent.ledger.tiles import Tiles, hash_of, tiles_of
from consent.ledger.witnessing.witnessed import read_shown, read_witnessed
from foundation.database import Transaction


class Heads(NamedTuple):
    """The newest head, and the last that a quorum of witnesses has seen."""

    shown: Head
    witnessed: Head | None

    def covering(self, position: int | None) -> Head | None:
        """What an event is proved under: the witnessed head where that covers it, else the newest."""
        known = [head for head in (self.witnessed, self.shown) if head is not None]
        return next((head for head in known if position is not None and position < head.size), None)


async def read_heads(tx: Transaction, origin: str) -> Heads:
    """Raises AccordError no_checkpoint_yet (503)."""
    return Heads(await head_or_wait(read_shown(tx, origin)), await read_witnessed(tx, origin))


async def proofs_of(
    tx: Transaction, heads: Heads, positions: Sequence[int | None]
) -> list[Callable[[], TlogProof] | None]:
    """What makes the proof of each, None for those that no head covers. Its caller says when it is made.

    A proof raises TileError when a stored tile that it needs is missing or damaged.
    """
    asked = [(position, heads.covering(position)) for position in positions]
    ways = [(at, head, inclusion_ranges(at, head.size)) for at, head in asked if at is not None and head]
    tiles = await read_tiles(tx, tiles_of(leaves for _, _, ranges in ways for leaves in ranges))
    made = {at: partial(_proof, at, head, ranges, tiles) for at, head, ranges in ways}
    return [None if at is None else made.get(at) for at in positions]


def _proof(position: int, head: Head, ranges: Sequence[Range], tiles: Tiles) -> TlogProof:
    return TlogProof(position, tuple(hash_of(leaves, tiles) for leaves in ranges), head.note)
