"""Reading the log from end to end, in order, in bounded memory."""

from collections.abc import AsyncIterator

from consent.ledger.recompute import Placed
from consent.ledger.rows import PLACED
from foundation.database import Database

_PAGE = 1_000


async def follow(db: Database) -> AsyncIterator[Placed]:
    """Every event that has its place, from position 0, page by page; what comes meanwhile too."""
    position = 0
    while True:
        async with db.reading() as tx:
            rows = await tx.all(PLACED, position=position, limit=_PAGE)
        for row in rows:
            yield row
        if len(rows) < _PAGE:
            return
        position = rows[-1].position + 1
