"""Ending sessions: the one way out, whatever ends them; apps are told in the same unit (idp/logout).

A session's row is deleted before its apps are looked for, and whoever gives an app a code holds the row: of a
sign-out and a code at once, either the code comes first and its app is told, or there is no code.
"""

from typing import Any, NamedTuple

from sqlalchemy import Delete, bindparam, delete, func, select
from sqlmodel import col

from foundation.clock import SECOND
from foundation.database import Transaction
from foundation.ids import oldest_id_at
from foundation.statements import Statement
from idp.context import Server
from idp.logout.telling import Parted, tell_apps
from idp.people.tables import Session

_PIECE = 100


class _Ended(NamedTuple):
    root: str


class _Id(NamedTuple):
    id: str


def _ending(*those: Any) -> Statement[_Ended]:  # noqa: ANN401  # conditions
    statement: Delete = delete(Session).where(*those)
    return Statement(statement.returning(func.coalesce(col(Session.root), col(Session.id))), _Ended)


_OF_ACCOUNT = col(Session.account_id) == bindparam("account_id")
_END = _ending(_OF_ACCOUNT, col(Session.id) == bindparam("session_id"))
_END_ALL = _ending(_OF_ACCOUNT, col(Session.id) != bindparam("but"))
_OLDEST = select(col(Session.id)).where(col(Session.id) < bindparam("bound")).order_by(col(Session.id))
_END_AGED = _ending(col(Session.id).in_(_OLDEST.limit(_PIECE)))
# Not a lock on the whole row: that she was seen is written meanwhile.
_HOLD = Statement(
    select(col(Session.id))
    .where(_OF_ACCOUNT, col(Session.id) == bindparam("session_id"))
    .with_for_update(read=True, key_share=True),
    _Id,
)


async def end_one(server: Server, tx: Transaction, account_id: str, session_id: str, now: int) -> Parted:
    """End one session, if it is of this account and not over yet."""
    ended = await tx.all(_END, account_id=account_id, session_id=session_id)
    return await _part(server, tx, ended, now)


async def end_all(server: Server, tx: Transaction, account_id: str, now: int, *, but: str = "") -> Parted:
    """End every session of an account but one."""
    return await _part(server, tx, await tx.all(_END_ALL, account_id=account_id, but=but), now)


async def end_aged(server: Server, now: int) -> int:
    """End the sessions whose longest life is over, a piece a unit; how many.

    One that was only left idle is not ended by that: its apps may well be in use. They are told at this age.
    """
    bound, ended = oldest_id_at(now - server.settings.session_seconds * SECOND), 0
    while True:
        async with server.db.transaction() as tx:
            rows = await tx.all(_END_AGED, bound=bound)
            await _part(server, tx, rows, now)
        ended += len(rows)
        if len(rows) < _PIECE:
            return ended


async def renew(tx: Transaction, account_id: str, session_id: str) -> str | None:
    """Let a new session of hers take the place of this one, untold: she is still there. Its root.

    None: it is over, and whatever follows it begins anew.
    """
    ended = await tx.first(_END, account_id=account_id, session_id=session_id)
    return None if ended is None else ended.root


async def hold_session(tx: Transaction, account_id: str, session_id: str) -> bool:
    """Keep a session from ending before the caller's unit does; False when it ended already."""
    return await tx.first(_HOLD, account_id=account_id, session_id=session_id) is not None


async def _part(server: Server, tx: Transaction, ended: list[_Ended], now: int) -> Parted:
    parted = [await tell_apps(server, tx, row.root, now) for row in ended]
    frames = tuple(frame for one in parted for frame in one.frames)
    return Parted(len(ended), sum(one.told for one in parted), frames)
