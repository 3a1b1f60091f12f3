"""Reading the log from end to end, in order, in bounded memory."""

from collections.abc import AsyncIterator
from typing import NamedTuple

from consent.ledger.merkle import Range
from consent.ledger.retiring.retirements import GONE
from consent.ledger.store import read_tiles, tree_size
from consent.ledger.tiles import tiles_over
from consent.ledger.verifying.recompute import hash_in
from consent.ledger.verifying.rows import PLACED
from foundation.database import Database, Transaction

_PAGE = 1_000


class Followed(NamedTuple):
    """An event that has its place. leaf: None when it was retired with its period."""

    position: int
    event_id: str
    leaf: str | None
    leaf_hash: bytes


async def follow(db: Database) -> AsyncIterator[Followed]:
    """Every event that has its place, from position 0, page by page; what comes meanwhile too."""
    start = 0
    while True:
        async with db.reading() as tx:
            end = min(start + _PAGE, await tree_size(tx))
            events = await placed_between(tx, start, end)
        for one in events:
            yield one
        if end < start + _PAGE:
            return
        start = end


async def placed_between(tx: Transaction, start: int, end: int) -> list[Followed]:
    """Every event from position `start` to before `end`, in order, retired ones too."""
    placed = await tx.all(PLACED, low=start, high=end)
    found = {row.position: Followed(row.position, row.event_id, row.leaf, row.leaf_hash) for row in placed}
    if len(found) < end - start:
        tiles = await read_tiles(tx, [one for one in tiles_over(Range(start, end)) if one.level == 0])
        for gone in await tx.all(GONE, low=start, high=end):
            hashed = hash_in(tiles, 0, gone.position)
            found.setdefault(gone.position, Followed(gone.position, gone.event_id, None, hashed))
    return [found[position] for position in sorted(found)]
