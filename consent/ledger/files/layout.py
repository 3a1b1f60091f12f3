"""Names of files and the bytes of bundles (C2SP tlog-tiles). Pure."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from consent.ledger.tiles import HEIGHT, WIDTH, TileId

CHECKPOINT = "checkpoint"
ENTRIES = "tile/entries/"
RETIRED = "retired/"
_TILE = "tile/"
_PREFIX_BYTES = 2
LEVELS = 64 // HEIGHT  # of a tree below 2^64 leaves
_NUMBER = r"(?P<number>(?:x[0-9]{3}/){0,5}[0-9]{3})(?:\.p/(?P<width>[1-9][0-9]{0,2}))?"
_PATH = re.compile(rf"(?P<kind>tile/entries|retired|tile/(?P<level>[0-9]))/{_NUMBER}", re.ASCII)
_LEADING_ZEROS = re.compile(r"x000/")


class Part(NamedTuple):
    """What a file holds: `width` hashes of a tile, or as many leaves. folder: with a slash at its end."""

    folder: str
    number: int
    width: int

    @property
    def path(self) -> str:
        digits = f"{self.number:d}"
        digits = digits.zfill(-(-len(digits) // 3) * 3)
        groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
        partial = "" if self.width == WIDTH else f".p/{self.width}"
        return self.folder + "".join(f"x{group}/" for group in groups[:-1]) + groups[-1] + partial

    @property
    def level(self) -> int | None:
        """Of a tile of hashes; None for leaves."""
        return None if self.folder in {ENTRIES, RETIRED} else int(self.folder[len(_TILE) : -1])


def tile_part(tile: TileId, width: int = WIDTH) -> Part:
    """The file of a tile of hashes."""
    return Part(f"{_TILE}{tile.level}/", tile.number, width)


def parse_path(path: str) -> Part | None:
    """What the file of this name holds; None for a name that the layout does not have."""
    found = _PATH.fullmatch(path)
    if found is None or _LEADING_ZEROS.match(found["number"]):
        return None
    width = int(found["width"] or WIDTH)
    if (found["width"] and width >= WIDTH) or int(found["level"] or 0) >= LEVELS:
        return None
    return Part(f"{found['kind']}/", int(re.sub(r"[x/]", "", found["number"])), width)


def width_of(level: int, number: int, size: int) -> int:
    """How many hashes the tile (level, number) of a tree of `size` leaves has; 0 where there is none."""
    return max(0, min(WIDTH, (size >> HEIGHT * level) - number * WIDTH))


def parts_at(folder: str, level: int, size: int) -> Iterator[Part]:
    """The files of one folder for a tree of `size` leaves, left to right. level: 0 for leaves."""
    nodes = size >> HEIGHT * level
    for number in range(-(-nodes // WIDTH)):
        yield Part(folder, number, min(WIDTH, nodes - number * WIDTH))


def join_entries(leaves: Iterable[bytes]) -> bytes:
    """A bundle of leaves. Each is shorter than 2^16 bytes."""
    return b"".join(len(leaf).to_bytes(_PREFIX_BYTES, "big") + leaf for leaf in leaves)


def split_entries(data: bytes, width: int) -> tuple[list[bytes], int]:
    """The first `width` leaves of a bundle, or those before it breaks off; and the offset where they end."""
    leaves, at, end = [], 0, len(data)
    for _ in range(width):
        start = at + _PREFIX_BYTES
        after = start + int.from_bytes(data[at:start], "big")
        if start > end or after > end:
            break
        leaves.append(data[start:after])
        at = after
    return leaves, at


def offset_of(leaves: list[bytes], entry: int) -> int:
    """Where in its bundle an entry's length stands."""
    return sum(_PREFIX_BYTES + len(leaf) for leaf in leaves[:entry])
