"""Requests to people who are elsewhere in the database: the statements, and the guards in them."""

from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, func, insert, or_, select, update
from sqlmodel import col

from consent.tables import Grant
from foundation.purging import Purge
from foundation.statements import Statement, Write, upsert
from idp.ciba.tables import BackchannelBlock, BackchannelRequest
from idp.polling.tables import PolledRequest


class AskedRow(NamedTuple):
    """A row of `backchannel_request`; see its class for the meaning and the units."""

    id: str
    client_id: str
    hint_hash: bytes
    sealed: bytes
    look_up_at: int | None
    sealed_ping: bytes | None
    ping_at: int | None
    pings: int


class IdRow(NamedTuple):
    id: str


class CountRow(NamedTuple):
    found: int


class DueRow(NamedTuple):
    """A ping that is due. pings: attempts made."""

    id: str
    pings: int


class PersonRow(NamedTuple):
    person_id: str | None


class BlockRow(NamedTuple):
    """A row of `backchannel_block`."""

    client_id: str
    blocked_at: int


_row = BackchannelRequest
_COLUMNS = tuple(col(getattr(_row, name)) for name in AskedRow._fields)
_ONE = col(_row.id) == bindparam("asked_id")
_SAME = col(PolledRequest.id) == col(_row.id)

ADD = Write(insert(_row))
FIND = Statement(select(*_COLUMNS).where(_ONE), AskedRow)
# How many requests of an app to one hint wait for an answer.
OPEN = Statement(
    select(func.count())
    .select_from(_row)
    .join(PolledRequest, _SAME)
    .where(
        col(_row.client_id) == bindparam("client_id"),
        col(_row.hint_hash) == bindparam("hint"),
        col(PolledRequest.answered_at).is_(None),
        col(PolledRequest.expires_at) > bindparam("now"),
    ),
    CountRow,
)

# --- who is meant ----------------------------------------------------------------------------------------

TO_FIND = Statement(
    select(col(_row.id))
    .where(col(_row.look_up_at) <= bindparam("now"))
    .order_by(col(_row.look_up_at), col(_row.id))
    .limit(bindparam("most")),
    IdRow,
)
# Of several nodes one looks: the others find nothing to look up.
CLAIM = Statement(
    update(_row).where(_ONE, col(_row.look_up_at).is_not(None)).values(look_up_at=None).returning(*_COLUMNS),
    AskedRow,
)
PUT_OFF = Write(
    update(_row).where(_ONE, col(_row.look_up_at).is_not(None)).values(look_up_at=bindparam("later"))
)
# From now on it waits for her; the app's own poll row says so, too.
ADDRESS = Write(
    update(PolledRequest)
    .where(col(PolledRequest.id) == bindparam("asked_id"), col(PolledRequest.account_id).is_(None))
    .values(account_id=bindparam("account"))
)
SEAL = Write(update(_row).where(_ONE).values(sealed=bindparam("told")))
# The person whom an app knows by a name that it was given, while she shares with it.
KNOWN_BY = Statement(
    select(col(Grant.person_id)).where(
        col(Grant.client_id) == bindparam("client_id"),
        col(Grant.subject) == bindparam("subject"),
        col(Grant.revoked_at).is_(None),
        col(Grant.expires_at) > bindparam("now"),
    ),
    PersonRow,
)

# --- no more from this app -------------------------------------------------------------------------------

BLOCK: Statement[Any] = Write(upsert(BackchannelBlock, ["person_id", "client_id"], []))
_HERS = col(BackchannelBlock.person_id) == bindparam("person")
_OF_APP = col(BackchannelBlock.client_id) == bindparam("app")
UNBLOCK = Write(delete(BackchannelBlock).where(_HERS, _OF_APP))
_BLOCK_COLUMNS = (col(BackchannelBlock.client_id), col(BackchannelBlock.blocked_at))
BLOCKED = Statement(select(*_BLOCK_COLUMNS).where(_HERS, _OF_APP), BlockRow)
BLOCKS = Statement(
    select(*_BLOCK_COLUMNS).where(_HERS).order_by(col(BackchannelBlock.client_id)).limit(bindparam("most")),
    BlockRow,
)

# --- pings -----------------------------------------------------------------------------------------------

# An app is told once there is an answer, or there will never be one.
TO_PING = Statement(
    select(col(_row.id), col(_row.pings))
    .join(PolledRequest, _SAME)
    .where(
        col(_row.ping_at) <= bindparam("now"),
        or_(
            col(PolledRequest.answered_at).is_not(None),
            col(PolledRequest.expires_at) <= bindparam("now"),
        ),
    )
    .order_by(col(_row.ping_at), col(_row.id))
    .limit(bindparam("most")),
    DueRow,
)
# The next attempt is due later: who sends now has it for itself, and if it dies another follows.
TAKE_PING = Statement(
    update(_row)
    .where(_ONE, col(_row.ping_at) <= bindparam("now"))
    .values(ping_at=bindparam("later"), pings=col(_row.pings) + 1)
    .returning(*_COLUMNS),
    AskedRow,
)
END_PING = Write(update(_row).where(_ONE).values(ping_at=None, sealed_ping=None))

# By the age of their ids, once nothing more can come of them.
PURGE = Purge(_row)
