"""The outbox in the database: the statements that write it, find what is due, and mark what came of it."""

from typing import NamedTuple

from sqlalchemy import bindparam, func, insert, select, update
from sqlmodel import col

from consent.tables import Grant
from foundation.statements import Statement, Write
from idp.signals.tables import EVENTS, Signal
from keys.tables import PersonKey


class SignalRow(NamedTuple):
    """A row of `signal`; see its class for the meaning and the units."""

    id: str
    client_id: str
    channel: str
    grant_id: str
    revision: int
    event: str
    detail_json: str
    occurred_at: int
    event_id: str
    sealed_subject: bytes | None
    state: str
    attempts: int
    next_attempt_at: int | None
    sent_at: int | None
    acknowledged_at: int | None
    error: str | None
    sealed_error_text: bytes | None
    erase_by: int | None
    attested_at: int | None
    erased_at: int | None
    sealed_statement: bytes | None
    replayed_at: int | None


class OwnerRow(NamedTuple):
    """Whose grant an event is about, and what opens her keys. subject: what the app knows her by."""

    person_id: str
    subject: str
    wrapped: bytes


class IdRow(NamedTuple):
    id: str


class CountRow(NamedTuple):
    found: int


SIGNAL_COLUMNS = tuple(col(getattr(Signal, name)) for name in SignalRow._fields)
OF_APP = col(Signal.client_id) == bindparam("client_id")
BY_CHANNEL = col(Signal.channel) == bindparam("channel")
THIS = col(Signal.id) == bindparam("signal_id")
QUEUED = col(Signal.state) == "queued"

_GIVEN = (
    "id", "client_id", "channel", "grant_id", "revision", "event", "detail_json", "occurred_at", "event_id",
    "sealed_subject", "state", "next_attempt_at", "erase_by",
)  # fmt: skip
ADD_SIGNAL = Write(
    insert(Signal).values(
        **{name: bindparam(name) for name in _GIVEN},
        attempts=0,
        **dict.fromkeys(name for name in SignalRow._fields if name not in {*_GIVEN, "attempts"}),
    )
)
FIND_SIGNAL = Statement(select(*SIGNAL_COLUMNS).where(THIS, OF_APP), SignalRow)
OF_GRANT = Statement(
    select(*SIGNAL_COLUMNS).where(col(Signal.grant_id) == bindparam("grant_id")).order_by(col(Signal.id)),
    SignalRow,
)
# Each event of an app that is to be pushed now by a channel, the oldest first.
DUE = Statement(
    select(*SIGNAL_COLUMNS)
    .where(OF_APP, BY_CHANNEL, col(Signal.next_attempt_at) <= bindparam("now"))
    .order_by(col(Signal.id))
    .limit(bindparam("most")),
    SignalRow,
)
# What an app can fetch: logouts are only ever pushed.
WAITING = Statement(
    select(*SIGNAL_COLUMNS)
    .where(OF_APP, QUEUED, col(Signal.channel) == EVENTS)
    .order_by(col(Signal.id))
    .limit(bindparam("most")),
    SignalRow,
)
OWNER = Statement(
    select(col(Grant.person_id), col(Grant.subject), col(PersonKey.wrapped))
    .join(PersonKey, col(PersonKey.person_id) == col(Grant.person_id))
    .where(col(Grant.id) == bindparam("grant_id")),
    OwnerRow,
)

MARK_SENT = Write(
    update(Signal)
    .where(THIS, OF_APP)
    .values(sent_at=func.coalesce(col(Signal.sent_at), bindparam("now")), attempts=col(Signal.attempts) + 1)
)
# What the app knows her by goes with the acknowledgement: nobody needs it here any more.
ACKNOWLEDGE = Statement(
    update(Signal)
    .where(THIS, OF_APP, col(Signal.state) != "acknowledged")
    .values(
        state="acknowledged",
        acknowledged_at=func.coalesce(col(Signal.acknowledged_at), bindparam("now")),
        sent_at=func.coalesce(col(Signal.sent_at), bindparam("now")),
        next_attempt_at=None,
        sealed_subject=None,
        error=None,
        sealed_error_text=None,
    )
    .returning(*SIGNAL_COLUMNS),
    SignalRow,
)
REFUSE = Statement(
    update(Signal)
    .where(THIS, OF_APP, QUEUED)
    .values(
        state="refused",
        next_attempt_at=None,
        error=bindparam("error"),
        sealed_error_text=bindparam("error_text"),
    )
    .returning(*SIGNAL_COLUMNS),
    SignalRow,
)
PUT_OFF = Write(
    update(Signal)
    .where(THIS, OF_APP, QUEUED)
    .values(
        next_attempt_at=bindparam("later"),
        error=bindparam("error"),
        sealed_error_text=bindparam("error_text"),
    )
)
# After an outage nobody waits for the hours that each event had come to.
BRING_FORWARD = Write(
    update(Signal)
    .where(OF_APP, BY_CHANNEL, QUEUED, col(Signal.next_attempt_at) > bindparam("now"))
    .values(next_attempt_at=bindparam("now"))
)
