"""What a walk over positions does not see: rows past the tree's end, lost events, the queue.

Rows may arrive while this looks. So each answer either comes from one statement, or compares rows with a size
of the tree that was read after them: a tree only grows.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import TypeVar

from consent.ledger.leaf import LeafError, parse_leaf
from consent.ledger.merkle import HASH_BYTES
from consent.ledger.store import read_tiles, tree_size
from consent.ledger.tiles import WIDTH, TileId
from consent.ledger.verifying.recompute import mistyped, tile_fault
from consent.ledger.verifying.rows import (
    HEADLESS,
    KEPT,
    SIGNED,
    STACKED,
    STRAY,
    WAITING,
    WIDEST,
    Kept,
    LastSigned,
    Waiting,
)
from consent.ledger.verifying.verdict import Fault
from foundation.database import Database
from foundation.statements import Statement

_PAGE = 5_000
_STACK = 4 << 12  # entries of four shelves at once
_END = 2**62
RowT = TypeVar("RowT", Kept, Waiting)


def heads_fault(heads: Sequence[LastSigned], events: int) -> Fault | None:
    """Whether a last head promises more than there is, or is not the last of its own history."""
    for head in heads:
        key, wrong = f"origin={head.origin}", mistyped(head)
        if wrong is not None:
            return Fault("ledger_head", key, f"column {wrong} holds a value of another type")
        if head.size > events:
            return Fault("ledger_head", key, f"{head.size} events were signed and {events} are left")
        if head.largest != head.size:
            return Fault("ledger_head", key, f"its size is {head.size}, its last checkpoint's {head.largest}")
    if events and not heads:
        return Fault(
            "ledger_head", "origin=*", f"{events} events have a position and no head was ever signed"
        )
    return None


async def shelves_fault(db: Database) -> Fault | None:
    """A shelf that hides events from whoever looks for a person or a grant, or one that holds none."""
    low = 0
    while True:
        async with db.reading() as tx:
            stacked = await tx.all(STACKED, low=low, high=low + _STACK)
            stray = await tx.first(STRAY)
        for row in stacked:
            if (row.low_id, row.high_id) != (row.lowest, row.highest):
                told = (
                    f"its ids go from {row.lowest} to {row.highest}, not from {row.low_id} to {row.high_id}"
                )
                return Fault("ledger_shelf", f"number={row.number}", told)
        if stray is not None:
            return Fault("ledger_shelf", f"number={stray.number}", "it holds no event")
        if not stacked:
            return None
        low += _STACK
        await asyncio.sleep(0)


async def checkpoints_fault(db: Database) -> Fault | None:
    """A checkpoint of more events than there are, or one whose origin has lost its last head."""
    async with db.reading() as tx:
        events = await tree_size(tx)
        beyond = await tx.all(SIGNED, low=events + 1, high=_END)
        events = await tree_size(tx)
        headless = await tx.first(HEADLESS)
    for row in beyond:
        if row.size > events:
            key = f"origin={row.origin} size={row.size}"
            return Fault("ledger_checkpoint", key, f"it was signed for more events than the {events} left")
    if headless is not None:
        return Fault("ledger_head", f"origin={headless.origin}", "missing, though its checkpoints remain")
    return None


async def tiles_fault(db: Database) -> Fault | None:
    """A tile, or a part of one, past the tree's end."""
    async with db.reading() as tx:
        last = [TileId(row.level, row.number) for row in await tx.all(WIDEST)]
        tiles = await read_tiles(tx, last)
        events = await tree_size(tx)
    for tile, data in sorted(tiles.items()):
        nodes = events // WIDTH**tile.level - tile.number * WIDTH
        if not 0 < len(data) <= min(nodes, WIDTH) * HASH_BYTES:
            return tile_fault(tile, f"{len(data)} bytes, past the end of a tree of {events} events")
    return None


async def _each(db: Database, statement: Statement[RowT]) -> AsyncIterator[RowT]:
    """Every row of a statement that goes by event id, read a page at a time; nothing is open in between."""
    after = ""
    while True:
        async with db.reading() as tx:
            page = await tx.all(statement, after=after, limit=_PAGE)
        for row in page:
            yield row
        if len(page) < _PAGE:
            return
        after = page[-1].event_id


async def events_fault(db: Database) -> Fault | None:
    """An event that neither has a position nor waits for one, or that does both."""
    async for row in _each(db, KEPT):
        fault = _whereabouts(row)
        if fault is not None:
            return fault
    return None


def _whereabouts(row: Kept) -> Fault | None:
    if row.position is None and row.queued is None:
        reason = "recorded, and neither sequenced nor waiting: its place was taken away"
        return Fault("ledger_event", f"id={row.event_id}", reason)
    if row.position is not None and row.queued is not None:
        reason = f"it waits for a place and has position {row.position}"
        return Fault("ledger_queue", f"event_id={row.event_id}", reason)
    return None


async def queue_fault(db: Database) -> tuple[int, Fault | None]:
    """How many events wait, and the first of them whose leaf is missing or false."""
    waiting = 0
    async for row in _each(db, WAITING):
        fault = _promise(row)
        if fault is not None:
            return waiting, fault
        waiting += 1
    return waiting, None


def _promise(row: Waiting) -> Fault | None:
    key = f"event_id={row.event_id}"
    if row.leaf is None:
        return Fault("ledger_queue", key, "its event does not exist")
    try:
        leaf = parse_leaf(row.leaf)
    except LeafError as error:
        return Fault("ledger_event", f"id={row.event_id}", f"its leaf is not format v1: {error}")
    if leaf.id != row.event_id:
        return Fault("ledger_event", f"id={row.event_id}", f"its leaf is that of event {leaf.id}")
    return None
