"""Bundles looked at ahead of the walk, by other processes: which are plainly what was proved.

Hashing leaves and reading their format is nearly all the work of a verification, and needs nothing but the
bundle and its proved hashes. Whoever looks ahead answers yes, or "look yourself": what is wrong, and where
first, the walk finds out in its order as if nobody had looked.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future
from itertools import islice
from typing import NamedTuple

from consent.ledger.files.formed import OddLeafError, check_formed
from consent.ledger.files.layout import ENTRIES, Part, split_entries
from consent.ledger.files.reading import LieError, Reader, read_part
from consent.ledger.files.walking import LeafTile
from consent.ledger.leaf import leaf_hash
from consent.ledger.retiring.retired import EVENT

RETIRING = f'"event":"{EVENT}"'.encode()
_TILES = 16  # of one task: 130 kB of hashes to send
_TASKS = 8  # under way: what memory holds


class Look(NamedTuple):
    """What to look at. opaque: leaves may say anything."""

    reader: Reader
    opaque: bool

    def at(self, tiles: Sequence[LeafTile]) -> list[bool]:
        """Of each tile, whether its bundle holds its leaves, all and nothing else, none of them special."""
        return [self._is_plain(tile) for tile in tiles]

    def _is_plain(self, tile: LeafTile) -> bool:
        width = len(tile.hashes)
        try:
            path, data = read_part(self.reader, part := Part(ENTRIES, tile.number, width))
        except LieError:
            return False
        leaves, end = split_entries(data, width)
        if path != part.path or end != len(data) or RETIRING in data:
            return False
        return [leaf_hash(leaf) for leaf in leaves] == tile.hashes and (self.opaque or _are_formed(leaves))


def looked_at(
    tiles: Iterator[LeafTile], look: Look, crowd: Executor | None
) -> Iterator[tuple[LeafTile, bool]]:
    """Each tile, in order, and whether its bundle is plainly right. Raises LieError where `tiles` does.

    crowd: who looks ahead; without one nobody does, and every bundle is left to the walk.
    """
    if crowd is None:
        return ((tile, False) for tile in tiles)
    return _ahead(tiles, lambda batch: crowd.submit(look.at, batch))


def _ahead(
    tiles: Iterator[LeafTile], ask: Callable[[list[LeafTile]], "Future[list[bool]]"]
) -> Iterator[tuple[LeafTile, bool]]:
    under_way: deque[tuple[list[LeafTile], Future[list[bool]]]] = deque()
    lies: list[LieError] = []
    proved = _until_a_lie(tiles, lies)
    while batch := [*islice(proved, _TILES)]:
        under_way.append((batch, ask(batch)))
        if len(under_way) == _TASKS:
            yield from _answered(*under_way.popleft())
    for each in under_way:
        yield from _answered(*each)
    if lies:  # after what stands before it
        raise lies[0]


def _until_a_lie(tiles: Iterator[LeafTile], lies: list[LieError]) -> Iterator[LeafTile]:
    try:
        yield from tiles
    except LieError as lie:
        lies.append(lie)


def _answered(tiles: list[LeafTile], plain: "Future[list[bool]]") -> Iterator[tuple[LeafTile, bool]]:
    return zip(tiles, plain.result(), strict=True)


def _are_formed(leaves: Sequence[bytes]) -> bool:
    try:
        check_formed(leaves)
    except OddLeafError:
        return False
    return True
