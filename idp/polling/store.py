"""Polled requests in the database: the statements, and the guards their WHERE clauses are."""

from typing import Any, NamedTuple

from sqlalchemy import bindparam, select, update
from sqlmodel import col

from foundation.clock import SECOND
from foundation.database import Transaction
from foundation.ids import is_id
from foundation.purging import Purge
from foundation.statements import Statement, Write, upsert
from idp.authorize.request import AuthorizeRequest
from idp.polling.kinds import KINDS, Kind
from idp.polling.tables import PolledRequest

INTERVAL = 5 * SECOND  # RFC 8628 section 3.2
_SLOWER = 5 * SECOND  # section 3.5
LONGEST = 30 * 60 * SECOND  # that any of them waits for its answer


class PolledRow(NamedTuple):
    """A row of `polled_request`; see tables.py for the units."""

    id: str
    kind: str
    client_id: str
    secret_hash: bytes
    request_json: str
    interval: int
    expires_at: int
    code_hash: bytes | None = None
    account_id: str | None = None
    polled_at: int | None = None
    pending_id: str | None = None
    answered_at: int | None = None
    line_id: str | None = None

    @property
    def request(self) -> AuthorizeRequest:
        return AuthorizeRequest.model_validate_json(self.request_json)

    @property
    def how(self) -> Kind:
        return KINDS[self.kind]

    def is_open(self, now: int) -> bool:
        """Whether it still waits for its answer."""
        return self.answered_at is None and now < self.expires_at


_COLUMNS = tuple(col(getattr(PolledRequest, name)) for name in PolledRow._fields)
_KEEP: Statement[Any] = Write(upsert(PolledRequest, ["code_hash"], []))
_FIND = Statement(select(*_COLUMNS).where(col(PolledRequest.id) == bindparam("polled_id")), PolledRow)
_FIND_CODE = Statement(select(*_COLUMNS).where(col(PolledRequest.code_hash) == bindparam("code")), PolledRow)
_OF_ACCOUNT = Statement(
    select(*_COLUMNS)
    .where(
        col(PolledRequest.account_id) == bindparam("account"),
        col(PolledRequest.answered_at).is_(None),
        col(PolledRequest.expires_at) > bindparam("now"),
    )
    .order_by(col(PolledRequest.id)),
    PolledRow,
)
_OPEN = (
    col(PolledRequest.id) == bindparam("polled_id"),
    col(PolledRequest.answered_at).is_(None),
    col(PolledRequest.expires_at) > bindparam("now"),
)
# One browser has it: whoever brings it later, or at the same time, finds it taken.
_TAKE = Write(
    update(PolledRequest)
    .where(*_OPEN, col(PolledRequest.pending_id).is_(None))
    .values(pending_id=bindparam("pending"))
)
_ANSWER = Write(update(PolledRequest).where(*_OPEN).values(answered_at=bindparam("now")))
_OPENED = Write(
    update(PolledRequest)
    .where(col(PolledRequest.id) == bindparam("polled_id"), col(PolledRequest.line_id).is_(None))
    .values(line_id=bindparam("line_id"))
)
_WAITED = Write(
    update(PolledRequest)
    .where(
        *_OPEN,
        # Not `polled_at + interval <= now`: a first poll waits for nothing.
        (col(PolledRequest.polled_at).is_(None))
        | (col(PolledRequest.polled_at) + col(PolledRequest.interval) <= bindparam("now")),
    )
    .values(polled_at=bindparam("now"))
)
_HURRIED = Write(
    update(PolledRequest)
    .where(*_OPEN)
    .values(polled_at=bindparam("now"), interval=col(PolledRequest.interval) + _SLOWER)
)
# By the age of their ids.
PURGE = Purge(PolledRequest)


async def keep(tx: Transaction, row: PolledRow) -> bool:
    """Keep a checked request; False when its short code is another's, and it has to be given a new one."""
    return await tx.run(_KEEP, **row._asdict()) > 0


async def find(tx: Transaction, polled_id: str) -> PolledRow | None:
    """The request of an id, answered, expired or not; None for what is no id at all."""
    return await tx.first(_FIND, polled_id=polled_id) if is_id(polled_id) else None


async def find_by_code(tx: Transaction, code_hash: bytes) -> PolledRow | None:
    """The request of a short code, answered, expired or not."""
    return await tx.first(_FIND_CODE, code=code_hash)


async def waiting_for(tx: Transaction, account_id: str, now: int) -> list[PolledRow]:
    """Those that wait for an answer of one person, the oldest first."""
    return await tx.all(_OF_ACCOUNT, account=account_id, now=now)


async def take(tx: Transaction, polled_id: str, pending_id: str, now: int) -> bool:
    """Say which pending request it is from now on: True for exactly one caller."""
    return await tx.run(_TAKE, polled_id=polled_id, pending=pending_id, now=now) > 0


async def answer(tx: Transaction, polled_id: str, now: int) -> bool:
    """Answer it, with no unless a line is opened in the same unit: True for exactly one caller, in time."""
    return await tx.run(_ANSWER, polled_id=polled_id, now=now) > 0


async def opened(tx: Transaction, polled_id: str, line_id: str) -> bool:
    """Say which line an approval opened."""
    return await tx.run(_OPENED, polled_id=polled_id, line_id=line_id) > 0


async def poll(tx: Transaction, polled_id: str, now: int) -> bool:
    """Count that its app asked, while it waits; False when that came too soon, and the wait grows.

    Of polls at once one is in time. True, too, when it was answered in this very moment: the next will tell.
    """
    if await tx.run(_WAITED, polled_id=polled_id, now=now):
        return True
    return not await tx.run(_HURRIED, polled_id=polled_id, now=now)
