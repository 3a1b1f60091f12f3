"""From the signed root down to the leaf hashes: each tile is held to the hash above it before it is believed.

Going down, what is wrong is always the lower one: the file that is named is the one that lies. Memory holds
one tile a level.
"""

from collections.abc import Iterator
from typing import NamedTuple

from consent.ledger.files.layout import (
    ENTRIES,
    Part,
    split_entries,
    tile_part,
)
from consent.ledger.files.reading import Found, LieError, Reader, read_part
from consent.ledger.leaf import leaf_hash
from consent.ledger.merkle import EMPTY_ROOT, HASH_BYTES, Range, complete_root
from consent.ledger.tiles import HEIGHT, WIDTH, TileError, TileId, edge, hash_of, split

_NO_HASH = bytes(HASH_BYTES)


class LeafTile(NamedTuple):
    """A proved tile of leaf hashes."""

    number: int
    hashes: list[bytes]


def proved_leaves(reader: Reader, size: int, root: bytes) -> Iterator[LeafTile]:
    """The leaf hashes of the tree (size, root), tile by tile, left to right. Raises LieError."""
    if not size:
        if root != EMPTY_ROOT:
            raise LieError("checkpoint", 0, "an empty log with another root")
        return
    tiles = _edge(reader, size, root)
    for tile in sorted(tiles, reverse=True):  # the highest begun tile covers the leftmost leaves
        yield from _below(reader, tile, tiles[tile])


def _below(reader: Reader, tile: TileId, data: bytes) -> Iterator[LeafTile]:
    """The tiles of leaf hashes under a proved tile."""
    hashes = split(data)
    if tile.level == 0:
        yield LeafTile(tile.number, hashes)
        return
    for at, proved in enumerate(hashes):
        child = TileId(tile.level - 1, tile.number * WIDTH + at)
        yield from _below(reader, child, _full(reader, child, proved))


def _full(reader: Reader, tile: TileId, proved: bytes) -> bytes:
    """A full tile, of which the hash is proved."""
    found = read_part(reader, tile_part(tile))
    if len(found.data) != WIDTH * HASH_BYTES or complete_root(found.data) != proved:
        true = _from_below(reader, tile, WIDTH, found.data)
        if complete_root(true) != proved:
            true = b""
        raise _lie(found, true, "it does not lead to the hash above it")
    return found.data


def _edge(reader: Reader, size: int, root: bytes) -> dict[TileId, bytes]:
    """The tiles that the tree has begun: together they make the root."""
    found: dict[TileId, Found] = {}
    for tile in edge(size):
        width = (size >> HEIGHT * tile.level) % WIDTH
        one = read_part(reader, tile_part(tile, width))
        partial = one.path == tile_part(tile, width).path
        data = one.data if partial else one.data[: width * HASH_BYTES]
        found[tile] = Found(one.path, data)
    tiles = {tile: one.data for tile, one in found.items()}
    if _makes(tiles, size) == root:
        return tiles
    for tile, one in found.items():
        true = _from_below(reader, tile, (size >> HEIGHT * tile.level) % WIDTH, one.data)
        if one.data != true and _makes(tiles | {tile: true}, size) == root:
            raise _lie(one, true, "it does not lead to the signed root")
    likeliest = min(found, key=lambda tile: (_fits(tile, tiles[tile], size), tile))
    raise LieError(found[likeliest].path, 0, "the tiles at the tree's edge do not lead to the signed root")


def _makes(tiles: dict[TileId, bytes], size: int) -> bytes | None:
    """The root over the begun tiles; None where one has another length than the tree's size says."""
    if not all(_fits(tile, data, size) for tile, data in tiles.items()):
        return None
    try:
        return hash_of(Range(0, size), tiles)
    except TileError:
        return None


def _fits(tile: TileId, data: bytes, size: int) -> bool:
    return len(data) == (size >> HEIGHT * tile.level) % WIDTH * HASH_BYTES


def _from_below(reader: Reader, tile: TileId, width: int, told: bytes) -> bytes:
    """What a tile's hashes should be, judged by what is one level below; zeros where nothing is.

    told: what the tile says, believed where a leaf is retired.
    """
    if tile.level == 0:
        leaves, _ = split_entries(_read(reader, Part(ENTRIES, tile.number, width)), width)
        kept = zip(leaves, split(told.ljust(width * HASH_BYTES, b"\0")), strict=False)
        hashes = [leaf_hash(leaf) if leaf else hashed for leaf, hashed in kept]
    else:
        hashes = []
        for number in range(tile.number * WIDTH, tile.number * WIDTH + width):
            data = _read(reader, tile_part(TileId(tile.level - 1, number)))
            hashes.append(complete_root(data) if len(data) == WIDTH * HASH_BYTES else _NO_HASH)
    return b"".join(hashes) + _NO_HASH * (width - len(hashes))


def _read(reader: Reader, part: Part) -> bytes:
    try:
        return read_part(reader, part).data
    except LieError:
        return b""


def _lie(found: Found, true: bytes, reason: str) -> LieError:
    """The lie of a file at its first byte that differs from the truth, where that is known."""
    if not true:
        return LieError(found.path, 0, reason)
    same = zip(found.data, true, strict=False)
    at = next((at for at, (one, other) in enumerate(same) if one != other), min(len(found.data), len(true)))
    return LieError(found.path, at, reason)
