"""Tokens on behalf of other apps (RFC 8693): the lines that such a token's own line hangs on.

An exchanged token has a line of its own, of the same id, under the grant of the app that it was given to.
`line.behalf` says on how many other lines that one hangs: the line whose token was exchanged, the one which
that came of, and so on; a row here names each. It opens something only while all of them do, and no more
than all of them let out: a revoke of any is still one UPDATE. A line that hangs on none pays nothing.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, insert, select
from sqlmodel import col

from consent.choices import both, read_choice
from consent.tables import Grant
from foundation.database import Database, Transaction
from foundation.ids import oldest_id_at
from foundation.purging import PIECE
from foundation.statements import Statement, Write
from idp.clients.tables import Client
from idp.token.tables import Delegation, Line


class Behind(NamedTuple):
    """A line on whose behalf a token is used, alive with its grant and its app."""

    place: int
    line_id: str
    client_id: str
    grant_id: str
    revision: int
    choice_json: str


Chain = tuple[Behind, ...]  # the nearest first

_COLUMNS = (
    col(Delegation.place),
    col(Line.id),
    col(Line.client_id),
    col(Grant.id),
    col(Grant.revision),
    col(Grant.choice_json),
)
_FOUND = (
    select(*_COLUMNS)
    .select_from(Delegation)
    .join(Line, col(Line.id) == col(Delegation.of_line_id))
    .join(Grant, col(Grant.id) == col(Line.grant_id))
    .join(Client, col(Client.id) == col(Line.client_id))
    .where(
        col(Delegation.line_id) == bindparam("line_id"),
        col(Line.revoked_at).is_(None),
        col(Client.suspended_at).is_(None),
        col(Grant.revoked_at).is_(None),
        col(Grant.paused_at).is_(None),
        col(Grant.expires_at) > bindparam("now"),
    )
    .order_by(col(Delegation.place))
)
_LOOK = Statement(_FOUND, Behind)
_HOLD = Statement(_FOUND.with_for_update(read=True, of=Grant), Behind)
HANG = Write(insert(Delegation))
_OLD = select(col(Delegation.line_id)).where(col(Delegation.line_id) < bindparam("bound")).distinct()
_OLDEST = _OLD.order_by(col(Delegation.line_id)).limit(PIECE)
_END_LINES = Write(delete(Line).where(col(Line.id).in_(_OLDEST)))
_END_DELEGATIONS = Write(delete(Delegation).where(col(Delegation.line_id).in_(_OLDEST)))


async def chain_of(
    tx: Transaction, line_id: str, count: int, now: int, *, hold: bool = False
) -> Chain | None:
    """The lines that a line hangs on, all `count` of them; None when one of them ended or rests.

    hold: none of their grants changes until the unit ends.
    """
    found = await tx.all(_HOLD if hold else _LOOK, line_id=line_id, now=now)
    return tuple(found) if len(found) == count else None


def narrowed(choice_json: str, chain: Sequence[Behind]) -> str:
    """What a grant lets out, where every grant of a chain does too; as a grant's `choice_json`."""
    for behind in chain:
        choice_json = _both(choice_json, behind.choice_json)
    return choice_json


@lru_cache(512)
def _both(first: str, second: str) -> str:
    return both(read_choice(first), read_choice(second)).to_json()


def acting(client_id: str, chain: Sequence[Behind]) -> dict[str, Any]:
    """The `act` claim (RFC 8693 section 4.1): the app that acts, and inside it those that it acts for."""
    inner: dict[str, Any] | None = None
    for actor in reversed([client_id, *(behind.client_id for behind in chain)]):
        if inner is None or inner["sub"] != actor:
            inner = {"sub": actor} if inner is None else {"sub": actor, "act": inner}
    return inner or {}


async def purge(db: Database, moment: int) -> int:
    """Delete the lines of exchanged tokens made before `moment`: those are long over. How many rows."""
    deleted, bound = 0, oldest_id_at(moment)
    while True:
        async with db.transaction() as tx:
            await tx.run(_END_LINES, bound=bound)
            gone = await tx.run(_END_DELEGATIONS, bound=bound)
        deleted += gone
        if not gone:
            return deleted
