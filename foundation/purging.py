"""Deleting what time alone ended, a bounded piece at a time.

Ids are time-ordered (ids.py), so what is old is a range of the primary key: no index on an expiry, no scan.
Each piece is a unit of its own, and between two of them the writer belongs to whoever waits.
"""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, bindparam, delete, inspect, select, tuple_
from sqlmodel import SQLModel, col

from foundation.database import Database
from foundation.ids import oldest_id_at
from foundation.statements import Write

PIECE = 500


class Purge:
    """Deletes the rows of `table` whose indexed column `by` is below a bound; `piece` of them a unit.

    only: what else holds of them; those that stay are gone through each time, so let them be few.
    """

    def __init__(
        self,
        table: type[SQLModel],
        *,
        by: str = "id",
        only: Sequence[ColumnElement[bool]] = (),
        piece: int = PIECE,
    ) -> None:
        key = tuple_(*inspect(table).primary_key)
        column = col(getattr(table, by))
        oldest = select(*key).where(column < bindparam("bound"), *only).order_by(column).limit(piece)
        self._delete = Write(delete(table).where(key.in_(oldest)))
        self._piece = piece

    async def made_before(self, db: Database, moment: int) -> int:
        """Delete what has an id older than `moment` (microseconds); how many rows."""
        return await self.below(db, oldest_id_at(moment))

    async def below(self, db: Database, bound: str | int) -> int:
        """Delete every row below `bound`; how many. Nodes that do it at once share the work."""
        deleted = 0
        while True:
            async with db.transaction() as tx:
                gone = await tx.run(self._delete, bound=bound)
            deleted += gone
            if gone < self._piece:
                return deleted
