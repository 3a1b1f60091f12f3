"""Writing the log as files, in bounded memory; what was interrupted goes on, what has grown is caught up.

Bundles are written in order and each appears whole, so those that are there say how far the last run came.
The checkpoint is written last: a directory without one is not finished. When leaves were retired since a run
began, it begins anew, so that no copy made here keeps what the log gave up.
"""

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import bindparam, func, select
from sqlmodel import col

from consent.ledger.files.bundles import read_bundles
from consent.ledger.files.layout import (
    CHECKPOINT,
    ENTRIES,
    LEVELS,
    RETIRED,
    Part,
    parse_path,
    parts_at,
    tile_part,
    width_of,
)
from consent.ledger.files.reading import Folder
from consent.ledger.merkle import HASH_BYTES, Range
from consent.ledger.public import head_or_wait
from consent.ledger.retiring.retired import EVENT
from consent.ledger.store import read_tiles
from consent.ledger.tables import LedgerEntry
from consent.ledger.tiles import WIDTH, TileId, Tiles
from consent.ledger.witnessing.witnessed import read_taken
from foundation.database import Database
from foundation.statements import Statement

Progress = Callable[[int, int], None]  # (leaves written, leaves in all)
_PAGE = 8 * WIDTH


class _Last(NamedTuple):
    position: int | None


_LAST_RETIRING = Statement(
    select(func.max(col(LedgerEntry.position))).where(
        col(LedgerEntry.event) == EVENT, col(LedgerEntry.position) < bindparam("size")
    ),
    _Last,
)


class _Seen(NamedTuple):
    """The log at one moment. retired: where its newest event of that kind stands, -1 for none."""

    note: str
    size: int
    retired: int


async def write_files(db: Database, origin: str, root: Path, progress: Progress | None = None) -> int:
    """Write the tree of the log's last head under `root`; how many leaves it has.

    Raises AccordError `no_checkpoint_yet` before the first head.
    """
    seen = await _look(db, origin)
    start = _written(root)
    while True:
        (root / CHECKPOINT).unlink(missing_ok=True)
        await _write_tree(db, root, seen, start if seen.retired < start else 0, progress)
        now = await _look(db, origin)
        if now.retired == seen.retired:
            _write(root / CHECKPOINT, seen.note.encode())
            return seen.size
        seen, start = now, 0


async def _look(db: Database, origin: str) -> _Seen:
    async with db.reading() as tx:
        head = await head_or_wait(read_taken(tx, origin))
        last = (await tx.one(_LAST_RETIRING, size=head.size)).position
    return _Seen(head.note, head.size, -1 if last is None else last)


def _written(root: Path) -> int:
    """How many leaves are there already: those of the full bundles before the first that is missing."""
    low, high = 0, 1
    while (root / Part(ENTRIES, high - 1, WIDTH).path).exists():
        low, high = high, high * 2
    while low < high - 1:
        middle = (low + high) // 2
        if (root / Part(ENTRIES, middle - 1, WIDTH).path).exists():
            low = middle
        else:
            high = middle
    return low * WIDTH


async def _write_tree(db: Database, root: Path, seen: _Seen, start: int, progress: Progress | None) -> None:
    for first in range(start, seen.size, _PAGE):
        end = min(first + _PAGE, seen.size)
        await _write_page(db, root, seen.size, Range(first, end))
        if progress is not None:
            progress(end, seen.size)
        await asyncio.sleep(0)  # beside a working server: its requests come first
    for level in range(1, LEVELS):
        for part in parts_at(f"tile/{level}/", level, seen.size):
            async with db.reading() as tx:
                tiles = await read_tiles(tx, [TileId(level, part.number)])
            _write_tile(root, part, tiles)
    _sweep(root, seen.size)


async def _write_page(db: Database, root: Path, size: int, leaves: Range) -> None:
    """Whole bundles, each after all that belongs to it: one that is there is done. size: of the tree."""
    first, end = leaves
    numbers = range(first // WIDTH, -(-end // WIDTH))
    async with db.reading() as tx:
        bundles = await read_bundles(tx, first, end, size)
        tiles = await read_tiles(tx, [TileId(0, number) for number in numbers])
    for number, bundle in zip(numbers, bundles, strict=False):  # too few rows: the verifier says so
        width = min(WIDTH, end - number * WIDTH)
        _write_tile(root, tile_part(TileId(0, number), width), tiles)
        if bundle.retired:
            _write(root / Part(RETIRED, number, width).path, bundle.retired)
        _write(root / Part(ENTRIES, number, width).path, bundle.entries)


def _write_tile(root: Path, part: Part, tiles: Tiles) -> None:
    hashes = tiles.get(TileId(part.level or 0, part.number), b"")
    _write(root / part.path, hashes[: part.width * HASH_BYTES])


def _write(path: Path, data: bytes) -> None:
    """All of it or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f"{path.name}.half")
    half.write_bytes(data)
    half.replace(path)


def _sweep(root: Path, size: int) -> None:
    """Remove partial files that wider ones replaced, and what an interrupted run left half-written."""
    for name in list(Folder(root).names()):
        part = parse_path(name.removesuffix(".half"))
        if part is None:
            continue
        if name.endswith(".half") or part.width < width_of(part.level or 0, part.number, size):
            (root / name).unlink()
            with contextlib.suppress(OSError):  # others may stand in it
                (root / name).parent.rmdir()
