"""Reading what the sequencer stored: tiles, the tree's size, signed heads."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import orjson
from sqlalchemy import (
    JSON,
    BigInteger,
    ColumnElement,
    Executable,
    Integer,
    Text,
    bindparam,
    cast,
    column,
    func,
    select,
)
from sqlmodel import col

from consent.ledger.merkle import EMPTY_ROOT, Range
from consent.ledger.tables import LedgerEntry, LedgerHead, LedgerTile
from consent.ledger.tiles import TileId, hash_of, tiles_of
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


class _Tile(NamedTuple):
    level: int
    number: int
    hashes: bytes


_HEAD = Statement(
    select(col(LedgerHead.size), col(LedgerHead.root), col(LedgerHead.note), col(LedgerHead.signed_at)).where(
        col(LedgerHead.origin) == bindparam("origin")
    ),
    Head,
)
_LAST = Statement(select(func.max(col(LedgerEntry.position))), _Last)


def _tiles(dialect: str) -> Executable:
    """All at once: a proof needs a few a level, and each question more is a round trip on PostgreSQL."""
    wanted = bindparam("wanted", type_=Text)  # [[level, number], …], JSON
    level: ColumnElement[int]
    number: ColumnElement[int]
    if dialect == "sqlite":
        pair = func.json_each(wanted).table_valued("value").c.value
        level, number = func.json_extract(pair, "$[0]"), func.json_extract(pair, "$[1]")
    else:
        pair = func.json_array_elements(cast(wanted, JSON)).table_valued(column("value", JSON)).c.value
        level, number = cast(pair[0].as_string(), Integer), cast(pair[1].as_string(), BigInteger)
    at = col(LedgerTile.level), col(LedgerTile.tile_index)
    return select(*at, col(LedgerTile.hashes)).where(at[0] == level, at[1] == number)


_TILES = Statement(_tiles, _Tile)


async def read_head(tx: Transaction, origin: str) -> Head | None:
    """The last head signed for `origin`, or None before the first."""
    return await tx.first(_HEAD, origin=origin)


async def tree_size(tx: Transaction) -> int:
    """How many events have a position; at least what the last head says, unless rows were removed."""
    last = (await tx.one(_LAST)).position
    return 0 if last is None else last + 1


async def read_tiles(tx: Transaction, wanted: Iterable[TileId]) -> dict[TileId, bytes]:
    """Those of the wanted tiles that are stored; a few a level for any proof or root."""
    rows = await tx.all(_TILES, wanted=orjson.dumps([[*tile] for tile in wanted]).decode())
    return {TileId(row.level, row.number): row.hashes for row in rows}


async def hashes_of(tx: Transaction, ranges: Sequence[Range]) -> tuple[bytes, ...]:
    """The hashes of some ranges of leaves. Raises TileError when a tile is missing or damaged."""
    tiles = await read_tiles(tx, tiles_of(ranges))
    return tuple(hash_of(leaves, tiles) for leaves in ranges)


async def root_of(tx: Transaction, size: int) -> bytes:
    """The root of the first `size` events. Raises TileError when a tile is missing or damaged."""
    if not size:
        return EMPTY_ROOT
    (root,) = await hashes_of(tx, [Range(0, size)])
    return root
