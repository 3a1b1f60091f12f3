"""What came of telling an app: the row of the outbox and its event in the ledger, in one unit."""

import random
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import orjson
from sqlalchemy import bindparam, or_, select, update
from sqlmodel import col

from consent.ledger.events import Event
from foundation.clock import DAY
from foundation.database import Transaction
from foundation.ids import oldest_id_at
from foundation.statements import Statement, Write
from idp.context import Server
from idp.signals.backoff import wait
from idp.signals.events import (
    LogoutDelivered,
    LogoutFailed,
    PartnerNotTold,
    PartnerRefusedSignal,
    PartnerTold,
)
from idp.signals.kinds import VERIFICATION
from idp.signals.rows import (
    ACKNOWLEDGE,
    BY_CHANNEL,
    OWNER,
    PUT_OFF,
    QUEUED,
    REFUSE,
    SIGNAL_COLUMNS,
    THIS,
    IdRow,
    SignalRow,
)
from idp.signals.tables import EVENTS, LOGOUT, Signal
from keys.people import PersonSecrets

How = Literal["push", "poll", "attestation"]
_BATCH = 100

_OLD = (
    BY_CHANNEL,
    col(Signal.id) < bindparam("bound"),
    or_(col(Signal.replayed_at).is_(None), col(Signal.replayed_at) < bindparam("since")),
    col(Signal.sealed_subject).is_not(None),
)
_TOO_OLD = Statement(
    select(*SIGNAL_COLUMNS).where(QUEUED, *_OLD).order_by(col(Signal.id)).limit(_BATCH),
    SignalRow,
)
_GIVE_UP = Statement(
    update(Signal)
    .where(THIS, QUEUED)
    .values(state="given_up", next_attempt_at=None, sealed_subject=None)
    .returning(col(Signal.id)),
    IdRow,
)
# Refused and never replayed: the name by which the app knew her goes all the same.
_FORGET_SUBJECTS = Write(update(Signal).where(*_OLD, ~QUEUED).values(sealed_subject=None))


class Trouble(NamedTuple):
    """Why an event did not arrive. error: a code. words: the app's own, "" for none.

    for_good: whether trying again is pointless. asked: microseconds it wants us to wait.
    """

    error: str
    words: str = ""
    for_good: bool = False
    asked: int = 0


# Sealed by another server: nobody can say any more whom it is about.
UNREADABLE = Trouble("unreadable", for_good=True)


@dataclass(frozen=True, slots=True)
class Progress:
    """Marks what one app did of its events, in the caller's unit. now: microseconds."""

    server: Server
    tx: Transaction
    client_id: str
    now: int

    async def acknowledged(self, signal_id: str, how: How) -> bool:
        """It has an event. False: it had said so before, or the event is another app's."""
        row = await self.tx.first(ACKNOWLEDGE, client_id=self.client_id, signal_id=signal_id, now=self.now)
        if row is None:
            return False
        await _record(self.server, self.tx, row, _told(row, how), self.now)
        return True

    async def refused(self, signal_id: str, trouble: Trouble) -> bool:
        """It cannot take an event: that one is not sent again until it is replayed."""
        row = await self.tx.first(
            REFUSE,
            client_id=self.client_id,
            signal_id=signal_id,
            error=trouble.error,
            error_text=self._sealed(signal_id, trouble),
        )
        if row is None:
            return False
        await _record(self.server, self.tx, row, _refused(row, trouble.error), self.now)
        return True

    async def put_off(self, row: SignalRow, trouble: Trouble) -> None:
        """An event did not arrive; it comes due again. row: as it was before this attempt."""
        spread = random.random()  # noqa: S311  # spreads load, guards nothing
        await self.tx.run(
            PUT_OFF,
            client_id=row.client_id,
            signal_id=row.id,
            later=self.now + wait(row.attempts + 1, spread, trouble.asked),
            error=trouble.error,
            error_text=self._sealed(row.id, trouble),
        )

    def _sealed(self, signal_id: str, trouble: Trouble) -> bytes | None:
        return self.server.telling.seal_words(signal_id, trouble.words)


async def give_up_old(server: Server, now: int) -> int:
    """Stop telling what is too old, and forget whom it was about; how many events were given up.

    An app that heard of a logout days later might end a session that is not the one meant.
    """
    given_up = await _give_up(server, EVENTS, server.settings.signals_days * DAY, now)
    return given_up + await _give_up(server, LOGOUT, DAY, now)


async def _give_up(server: Server, channel: str, patience: int, now: int) -> int:
    since = now - patience
    old = {"channel": channel, "bound": oldest_id_at(since), "since": since}
    given_up = 0
    while True:
        async with server.db.transaction() as tx:
            rows = await tx.all(_TOO_OLD, **old)
            for row in rows:
                if await tx.first(_GIVE_UP, signal_id=row.id) is not None:
                    await _record(server, tx, row, _not_told(row), now)
                    given_up += 1
        if len(rows) < _BATCH:
            break
    async with server.db.transaction() as tx:
        await tx.run(_FORGET_SUBJECTS, **old)
    return given_up


def _told(row: SignalRow, how: How) -> Event:
    if row.channel == LOGOUT:
        return LogoutDelivered(client=row.client_id, signal=row.id, attempts=row.attempts)
    return PartnerTold(**_about(row), delivery=how, attempts=row.attempts)


def _refused(row: SignalRow, error: str) -> Event:
    if row.channel == LOGOUT:
        return LogoutFailed(client=row.client_id, signal=row.id, attempts=row.attempts, error=error)
    return PartnerRefusedSignal(**_about(row), error=error)


def _not_told(row: SignalRow) -> Event:
    if row.channel == LOGOUT:
        error = row.error or "never_tried"
        return LogoutFailed(client=row.client_id, signal=row.id, attempts=row.attempts, error=error)
    return PartnerNotTold(**_about(row), attempts=row.attempts)


def _about(row: SignalRow) -> dict[str, Any]:
    alone = row.event == VERIFICATION
    return {
        "client": row.client_id,
        "grant": None if alone else row.grant_id,
        "revision": None if alone else row.revision,
        "signal": row.id,
        "told": row.event,
    }


async def _record(server: Server, tx: Transaction, row: SignalRow, event: Event, now: int) -> None:
    person = await owner_of(server, tx, row.grant_id or orjson.loads(row.detail_json).get("grant", ""))
    await server.ledger.append(tx, event, person=person, now=now, request_id=None)


async def owner_of(server: Server, tx: Transaction, grant_id: str) -> PersonSecrets | None:
    """The keys of the person a grant is of; None once she was erased."""
    owner = await tx.first(OWNER, grant_id=grant_id)
    return None if owner is None else server.people.open(owner.person_id, owner.wrapped)
