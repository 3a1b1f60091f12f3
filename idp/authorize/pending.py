"""The pending request: a row that survives sign-in, expires, belongs to one session, and is decided once."""

from typing import NamedTuple

from sqlalchemy import bindparam, insert, select, update
from sqlmodel import col

from foundation.database import Transaction
from foundation.ids import is_id, new_id
from foundation.purging import Purge
from foundation.statements import Statement, Write
from idp.authorize.request import AuthorizeRequest
from idp.authorize.tables import PendingRequest


class PendingRow(NamedTuple):
    """A row of `pending_request`; times in microseconds."""

    id: str
    session_id: str
    client_id: str
    request_json: str
    created_at: int
    expires_at: int
    decided_at: int | None

    @property
    def request(self) -> AuthorizeRequest:
        return AuthorizeRequest.model_validate_json(self.request_json)


_COLUMNS = tuple(col(getattr(PendingRequest, name)) for name in PendingRow._fields)
_INSERT = Write(insert(PendingRequest))
_FIND = Statement(
    select(*_COLUMNS).where(
        col(PendingRequest.id) == bindparam("pending_id"), col(PendingRequest.expires_at) > bindparam("now")
    ),
    PendingRow,
)
# Single use: of two decisions, or a decision and its double click, one finds the row undecided.
_DECIDE = Write(
    update(PendingRequest)
    .where(
        col(PendingRequest.id) == bindparam("pending_id"),
        col(PendingRequest.session_id) == bindparam("session"),
        col(PendingRequest.decided_at).is_(None),
        col(PendingRequest.expires_at) > bindparam("now"),
    )
    .values(decided_at=bindparam("now"))
)
# What she was shown is recorded once, however often the page is opened again.
_SHOW = Write(
    update(PendingRequest)
    .where(col(PendingRequest.id) == bindparam("pending_id"), col(PendingRequest.asked_at).is_(None))
    .values(asked_at=bindparam("now"))
)
_REBIND = Write(
    update(PendingRequest)
    .where(
        col(PendingRequest.id) == bindparam("pending_id"),
        col(PendingRequest.session_id) == bindparam("old_session"),
        col(PendingRequest.decided_at).is_(None),
    )
    # Whoever signs in is asked afresh: what was shown was shown to somebody else, or to nobody.
    .values(session_id=bindparam("new_session"), asked_at=None)
)
# By the age of their ids: past the longest life that settings give, one is never found again.
PURGE = Purge(PendingRequest)


async def save(
    tx: Transaction, request: AuthorizeRequest, session_id: str, *, now: int, lifetime: int
) -> str:
    """Keep a checked request for this session; its id. now and lifetime in microseconds."""
    pending_id = new_id(now)
    await tx.run(
        _INSERT,
        id=pending_id,
        session_id=session_id,
        client_id=request.client_id,
        request_json=request.model_dump_json(exclude_defaults=True),
        created_at=now,
        expires_at=now + lifetime,
        asked_at=None,
        decided_at=None,
    )
    return pending_id


async def find(tx: Transaction, pending_id: str, now: int) -> PendingRow | None:
    """The pending request, decided or not; None once it expired, and for what is no id at all."""
    if not is_id(pending_id):
        return None
    return await tx.first(_FIND, pending_id=pending_id, now=now)


async def decide(tx: Transaction, pending_id: str, session_id: str, now: int) -> bool:
    """Spend it: True for exactly one caller, of its own session, before it expires."""
    return await tx.run(_DECIDE, pending_id=pending_id, session=session_id, now=now) > 0


async def show(tx: Transaction, pending_id: str, now: int) -> bool:
    """Mark that the person is shown it: True the first time."""
    return await tx.run(_SHOW, pending_id=pending_id, now=now) > 0


async def rebind(tx: Transaction, pending_id: str, old_session: str, new_session: str) -> bool:
    """Hand it to the session that sign-in made out of the old one, in the same transaction."""
    return await tx.run(_REBIND, pending_id=pending_id, old_session=old_session, new_session=new_session) > 0
