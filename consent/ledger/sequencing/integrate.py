"""Giving queued events their place in the tree: entries, tiles and the emptied queue, in one unit.

What can be made ready before is: on SQLite a unit holds up every other that writes.

Queued rows are taken as they are found, oldest id first, and never "after the last id seen": a transaction
that commits late brings an older id, and it must not be lost. A leaf that cannot be read gets its place all
the same, under the event name "unreadable": one bad row must not stop the log, and the verifier names it.
"""

from typing import Annotated, Any, NamedTuple

import msgspec
import orjson
from sqlalchemy import JSON, Executable, Integer, Text, bindparam, cast, delete, func, select
from sqlmodel import col

from consent.ledger.leaf import leaf_hash
from consent.ledger.moments import moment_of
from consent.ledger.shelves import WIDEN, shelf_of, spans_of
from consent.ledger.store import read_tiles, tree_size
from consent.ledger.tables import COPIED, LedgerEntry, LedgerQueue, LedgerTile
from consent.ledger.tiles import edge, extend
from consent.ledger.waiting import LEAF
from foundation.database import ConflictError, Transaction
from foundation.statements import Bulk, Statement, Write, upsert

UNREADABLE = "unreadable"
_LATEST = 2**53
_SHAPE = dict.fromkeys(COPIED, str | None) | {
    "time": Annotated[int, msgspec.Meta(ge=0, lt=_LATEST)],
    "event": str,
    "log": str,
    "outcome": str,
}
# Of a leaf, these alone: half of the time that reading it whole took.
_COPIED = msgspec.json.Decoder(msgspec.defstruct("_Copied", _SHAPE.items(), rename=COPIED, gc=False))


class Queued(NamedTuple):
    """An event that has no position yet."""

    event_id: str
    leaf: str | None  # None: its event is gone


_ID = col(LedgerQueue.event_id)
QUEUED = Statement(
    select(_ID, LEAF).order_by(_ID).limit(bindparam("limit", type_=Integer)), Queued, by_values=True
)
_ENTRIES = Bulk(LedgerEntry)
_EVENT_ID, _LEAF_HASH = 2, 3  # of such a row
_TILE = Write(upsert(LedgerTile, ["level", "tile_index"], ["hashes"]))


def _dequeue(dialect: str) -> Executable:
    """Exactly the ids given, as a JSON array: one statement, and never a range that hides a row unseen."""
    ids = bindparam("ids", type_=Text)
    each = func.json_each(ids) if dialect == "sqlite" else func.json_array_elements_text(cast(ids, JSON))
    given = each.table_valued("value")
    return delete(LedgerQueue).where(_ID.in_(select(given.c.value)))


_DEQUEUE = Write(_dequeue)


class Next(NamedTuple):
    """What comes next in the tree. size: of the tree before it; entries: rows of `ledger_entry`, in order."""

    size: int
    entries: list[tuple[Any, ...]]


async def read_next(tx: Transaction, limit: int) -> Next:
    """At most `limit` queued events, each with the place that it would have now. Nothing is held for it."""
    size = await tree_size(tx)  # before the queue: what is placed meanwhile makes it another
    found = await tx.all(QUEUED, limit=limit)
    queued = [(event_id, leaf) for event_id, leaf in found if leaf is not None]
    return Next(size, [_entry(position, *row) for position, row in enumerate(queued, size)])


async def integrate(tx: Transaction, following: Next) -> int:
    """Give events the places that `read_next` saw for them; how many got one: none if the log went on since.

    Raises TileError when the stored tiles do not fit the stored entries: nothing is built on them. Two that
    integrate at once cannot both commit: a position is unique.
    """
    size, entries = following
    if await tree_size(tx) != size:
        return 0
    begun = await read_tiles(tx, edge(size))
    grown = extend(size, begun, [row[_LEAF_HASH] for row in entries])
    await tx.insert(_ENTRIES, entries)
    ids = [row[_EVENT_ID] for row in entries]
    await tx.run_many(WIDEN, [span._asdict() for span in spans_of(size, ids)])
    await tx.run_many(
        _TILE,
        [{"level": tile.level, "tile_index": tile.number, "hashes": data} for tile, data in grown.items()],
    )
    if await tx.run(_DEQUEUE, ids=orjson.dumps(ids).decode()) != len(entries):
        raise ConflictError("what was queued is so no more")
    return len(entries)


def _entry(position: int, event_id: str, leaf: str) -> tuple[Any, ...]:
    """The row of `ledger_entry` for an event at `position`."""
    return (position, shelf_of(position), event_id, leaf_hash(leaf.encode()), *_columns(event_id, leaf))


def _columns(event_id: str, leaf: str) -> tuple[Any, ...]:
    try:
        told = msgspec.structs.astuple(_COPIED.decode(leaf))
    except (ValueError, RecursionError):
        return _unreadable(event_id)
    # NUL, which no text column stores, has one spelling in JSON.
    return _unreadable(event_id) if "\\u0000" in leaf else told


def _unreadable(event_id: str) -> tuple[Any, ...]:
    return moment_of(event_id), UNREADABLE, "security", "failed", None, None, None, None
