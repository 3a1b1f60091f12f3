"""The tree stored as tiles: 256 hashes a row (C2SP tlog-tiles). Pure functions; rows are the caller's.

A tile of level L holds nodes of height 8L; its full width is one node of the next level. Reading any node,
root or proof takes one or two tiles a level, whatever the size of the log.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from consent.ledger.merkle import HASH_BYTES, Node, Range, complete_root, fold, row_above, subtrees

HEIGHT = 8
WIDTH = 1 << HEIGHT
FULL_BYTES = WIDTH * HASH_BYTES
_KEPT = 512  # tiles whose inner nodes stay at hand: 17 kB each, 9 MB in all


class TileError(Exception):
    """A stored tile is missing or is not as wide as the tree's size says."""


class TileId(NamedTuple):
    """Where a tile stands: its level, and its number from the left."""

    level: int
    number: int


Tiles = Mapping[TileId, bytes]


def edge(size: int) -> list[TileId]:
    """The tiles that a tree of `size` leaves has begun and not filled: what the next leaf grows."""
    found, level = [], 0
    while size:
        if size % WIDTH:
            found.append(TileId(level, size // WIDTH))
        size //= WIDTH
        level += 1
    return found


def extend(size: int, begun: Tiles, leaves: Sequence[bytes]) -> dict[TileId, bytes]:
    """The tiles that change, whole, when `leaves` (hashes) follow a tree of `size` leaves.

    begun: the tiles of `edge(size)`. Raises TileError when one is missing or has another width.
    """
    grown: dict[TileId, bytes] = {}
    level, start, hashes = 0, size, leaves
    while hashes:
        done: list[bytes] = []
        number, offset = divmod(start, WIDTH)
        data = _begun(begun, TileId(level, number), offset)
        at = 0
        while at < len(hashes):
            taken = hashes[at : at + WIDTH - offset]
            data += b"".join(taken)
            grown[TileId(level, number)] = data
            if len(data) == FULL_BYTES:
                done.append(complete_root(data))
            at += len(taken)
            number, offset, data = number + 1, 0, b""
        level, start, hashes = level + 1, start // WIDTH, done
    return grown


def _begun(begun: Tiles, tile: TileId, width: int) -> bytes:
    data = begun.get(tile, b"") if width else b""
    if len(data) != width * HASH_BYTES:
        raise TileError(f"tile {tile.level}/{tile.number} holds {len(data)} bytes for {width} hashes")
    return data


def split(data: bytes) -> list[bytes]:
    """The hashes of a tile's bytes."""
    return [data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)]


def tile_of(node: Node) -> TileId:
    """The tile whose hashes a node is made of."""
    level, height = divmod(node.level, HEIGHT)
    return TileId(level, node.number >> HEIGHT - height)


def tiles_of(ranges: Iterable[Range]) -> list[TileId]:
    """The tiles needed to hash some ranges, each once."""
    return sorted({tile_of(node) for leaves in ranges for node in subtrees(leaves)})


def tiles_over(leaves: Range) -> list[TileId]:
    """The tiles that hold any node completed by the leaves of a range."""
    found, start, end = [], leaves.start, leaves.end
    for level in range(end.bit_length() // HEIGHT + 1):
        if start < end:
            found += [TileId(level, number) for number in range(start // WIDTH, (end - 1) // WIDTH + 1)]
        start, end = start // WIDTH, end // WIDTH
    return found


def hash_of(leaves: Range, tiles: Tiles) -> bytes:
    """The hash of a range from its tiles, which may be wider than the tree was. Raises TileError."""
    return fold([_node(node, tiles) for node in subtrees(leaves)])


def _node(node: Node, tiles: Tiles) -> bytes:
    tile, height = tile_of(node), node.level % HEIGHT
    start = node.number % (WIDTH >> height) * HASH_BYTES
    found = _rows(tiles.get(tile, b"")[:FULL_BYTES])[height][start : start + HASH_BYTES]
    if len(found) != HASH_BYTES:
        raise TileError(f"tile {tile.level}/{tile.number} is missing or too short")
    return found


@lru_cache(_KEPT)
def _rows(data: bytes) -> tuple[bytes, ...]:
    """A tile's hashes, and each row of complete nodes over them; known by its bytes, so never out of date."""
    rows = [data]
    while len(rows) < HEIGHT:
        rows.append(row_above(rows[-1]))
    return tuple(rows)
