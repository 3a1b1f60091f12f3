"""Deleting access tokens that expired long ago, a bounded piece at a time.

Ids are time-ordered and every token lives at most an hour, so what is old is a range of the primary key: no
index on expiry, no scan, and no long lock.
"""

from typing import NamedTuple

from sqlalchemy import bindparam, delete, select
from sqlmodel import col

from foundation.database import Database
from foundation.ids import oldest_id_at
from foundation.statements import Statement, Write
from idp.token.tables import AccessToken

_PIECE = 2000


class _Id(NamedTuple):
    id: str


_NTH = Statement(
    select(col(AccessToken.id))
    .where(col(AccessToken.id) < bindparam("bound"))
    .order_by(col(AccessToken.id))
    .offset(_PIECE)
    .limit(1),
    _Id,
)
_DELETE = Write(delete(AccessToken).where(col(AccessToken.id) < bindparam("bound")))


async def purge_tokens(db: Database, before: int) -> int:
    """Delete the tokens issued before a time (microseconds); how many."""
    bound, deleted = oldest_id_at(before), 0
    while True:
        async with db.transaction() as tx:
            following = await tx.first(_NTH, bound=bound)
            deleted += await tx.run(_DELETE, bound=bound if following is None else following.id)
        if following is None:
            return deleted
