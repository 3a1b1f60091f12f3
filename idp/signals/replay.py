"""Telling an app again: one event, or everything since a time; with the same `jti`, so that it knows them."""

from typing import Literal, NamedTuple

from sqlalchemy import bindparam, select, update
from sqlmodel import col

from consent.tables import Grant
from foundation.database import Transaction
from foundation.ids import oldest_id_at
from foundation.statements import Statement, Write
from idp.context import Server
from idp.signals.events import SignalsReplayed
from idp.signals.kinds import VERIFICATION
from idp.signals.rows import FIND_SIGNAL, OF_APP, SIGNAL_COLUMNS, THIS, SignalRow
from idp.signals.tables import EVENTS, Signal, SignalStream
from idp.signals.telling import News

MOST = 1000  # of one replay; the next continues where it ended


class Replay(NamedTuple):
    """What to tell again. signal_id: one event; else all since a time, in microseconds. by: who says so."""

    client_id: str
    by: Literal["operator", "partner"]
    signal_id: str = ""
    since: int = 0


class Replayed(NamedTuple):
    """again: how many are told again. gone: how many cannot be, the person being erased.

    more: there are others, from `until` (microseconds).
    """

    again: int
    gone: int
    more: bool
    until: int


class _SubjectRow(NamedTuple):
    subject: str


_SINCE = Statement(
    select(*SIGNAL_COLUMNS)
    .where(
        OF_APP,
        col(Signal.id) >= bindparam("bound"),
        col(Signal.channel) == EVENTS,
        col(Signal.event) != VERIFICATION,
    )
    .order_by(col(Signal.id))
    .limit(MOST + 1),
    SignalRow,
)
_SUBJECT = Statement(
    select(col(Grant.subject)).where(
        col(Grant.id) == bindparam("grant_id"), col(Grant.person_id).is_not(None)
    ),
    _SubjectRow,
)
_QUEUE_AGAIN = Write(
    update(Signal)
    .where(THIS, OF_APP)
    .values(
        state="queued",
        attempts=0,
        next_attempt_at=bindparam("now"),
        sealed_subject=bindparam("sealed"),
        replayed_at=bindparam("replayed"),
        error=None,
        sealed_error_text=None,
    )
)
_CLOSE_CIRCUIT = Write(
    update(SignalStream)
    .where(col(SignalStream.client_id) == bindparam("client_id"))
    .values(failures=0, open_until=0)
)


async def replay(server: Server, tx: Transaction, asked: Replay, now: int) -> Replayed:
    """Queue again what an app asks for; the older than we tell of (signals_days) included, once more.

    What it knew a person by is taken from her grant. An erased person has none: our copy is used while it is
    there, and not kept any longer for that.
    """
    since = min(asked.since, now)
    if asked.signal_id:
        one = await tx.first(FIND_SIGNAL, client_id=asked.client_id, signal_id=asked.signal_id)
        rows = [] if one is None else [one]
    else:
        rows = await tx.all(_SINCE, client_id=asked.client_id, bound=oldest_id_at(since))
    chosen, count = rows[:MOST], 0
    for row in chosen:
        count += await _again(server, tx, row, now)
    await tx.run(_CLOSE_CIRCUIT, client_id=asked.client_id)
    event = SignalsReplayed(
        client=asked.client_id,
        signal=asked.signal_id or None,
        since=None if asked.signal_id else since,
        count=count,
        by=asked.by,
    )
    await server.ledger.append(tx, event, person=None, now=now, request_id=None)
    until = int(rows[MOST].id[:12], 16) * 1000 if len(rows) > MOST else now
    return Replayed(count, len(chosen) - count, len(rows) > MOST, until)


async def _again(server: Server, tx: Transaction, row: SignalRow, now: int) -> bool:
    telling = server.telling
    sealed, replayed = row.sealed_subject, None
    found = await tx.first(_SUBJECT, grant_id=row.grant_id)
    if found is not None:
        sealed, replayed = telling.seal_subject(row.id, found.subject), now
    elif telling.open_subject(row.id, sealed) is None:
        return False
    await tx.run(
        _QUEUE_AGAIN, client_id=row.client_id, signal_id=row.id, now=now, sealed=sealed, replayed=replayed
    )
    return True


async def send_verification(server: Server, tx: Transaction, client_id: str, now: int) -> str:
    """Send an app an event about nothing, to see whether it hears (SSF 1.0 section 8.1.4); its `jti`."""
    news = News(client_id, "", 0, VERIFICATION, {}, "", "")
    await tx.run(_CLOSE_CIRCUIT, client_id=client_id)
    return await server.telling.tell(tx, news, now)
