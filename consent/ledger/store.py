"""Reading what the sequencer stored: tiles, the tree's size, signed heads."""

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import bindparam, func, select
from sqlmodel import col

from consent.ledger.tables import LedgerEntry, LedgerHead, LedgerTile
from consent.ledger.tiles import TileId
from foundation.database import Transaction
from foundation.statements import Statement


class Head(NamedTuple):
    """The last head signed for an origin. root: 32 bytes; signed_at: microseconds."""

    size: int
    root: bytes
    note: str
    signed_at: int


class _Last(NamedTuple):
    position: int | None


class _Hashes(NamedTuple):
    hashes: bytes


_HEAD = Statement(
    select(col(LedgerHead.size), col(LedgerHead.root), col(LedgerHead.note), col(LedgerHead.signed_at)).where(
        col(LedgerHead.origin) == bindparam("origin")
    ),
    Head,
)
_LAST = Statement(select(func.max(col(LedgerEntry.position))), _Last)
_TILE = Statement(
    select(col(LedgerTile.hashes)).where(
        col(LedgerTile.level) == bindparam("level"), col(LedgerTile.tile_index) == bindparam("number")
    ),
    _Hashes,
)


async def read_head(tx: Transaction, origin: str) -> Head | None:
    """The last head signed for `origin`, or None before the first."""
    return await tx.first(_HEAD, origin=origin)


async def tree_size(tx: Transaction) -> int:
    """How many events have a position; at least what the last head says, unless rows were removed."""
    last = (await tx.one(_LAST)).position
    return 0 if last is None else last + 1


async def read_tiles(tx: Transaction, wanted: Iterable[TileId]) -> dict[TileId, bytes]:
    """Those of the wanted tiles that are stored; a few a level for any proof or root."""
    found: dict[TileId, bytes] = {}
    for tile in wanted:
        row = await tx.first(_TILE, level=tile.level, number=tile.number)
        if row is not None:
            found[tile] = row.hashes
    return found
