"""What a person and a partner are shown of what apps were told; how it goes app by app: overview.py."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import bindparam, select
from sqlmodel import col

from foundation.database import Transaction
from foundation.statements import Statement
from foundation.text import N_
from idp.context import Server
from idp.signals.kinds import KINDS, VERIFICATION
from idp.signals.rows import OF_APP, OF_GRANT, SIGNAL_COLUMNS, SignalRow
from idp.signals.tables import EVENTS, LOGOUT, Signal

PAGE = 50
_AFTER_EVERY_ID = "g"  # ids are hexadecimal
STATES = {
    "queued": (N_("En attente"), "warn"),
    "acknowledged": (N_("Bien reçu"), "ok"),
    "refused": (N_("Refusé"), "stop"),
    "given_up": (N_("Jamais reçu"), "stop"),
}
_TEST, _LOGOUT = N_("Essai"), N_("Déconnexion")


class Shown(NamedTuple):
    """One event, for a page. name, state_name: as stored; title, state: French msgids.

    error_words, statement: the app's own words. due: by when it was to have erased, None when it was not
    asked. owed: it did not say so yet; late: the day has passed. replayable: whether it can be sent again.
    """

    id: str
    grant_id: str
    name: str
    title: str
    occurred_at: int
    state_name: str
    state: str
    colour: str
    attempts: int
    next_attempt_at: int | None
    acknowledged_at: int | None
    error: str | None
    error_words: str
    due: int | None
    owed: bool
    late: bool
    attestable: bool
    replayable: bool
    attested_at: int | None
    erased_at: int | None
    statement: str


class Told(NamedTuple):
    """What the app of one grant was told, and what it answered. may_ask: whether erasure can be asked now."""

    grant_id: str
    events: Sequence[Shown]
    asked: Shown | None
    word: Shown | None
    may_ask: bool


_PAGE_OF = Statement(
    select(*SIGNAL_COLUMNS)
    .where(OF_APP, col(Signal.id) < bindparam("before"))
    .order_by(col(Signal.id).desc())
    .limit(PAGE + 1),
    SignalRow,
)
_OWED_BY = Statement(
    select(*SIGNAL_COLUMNS)
    .where(OF_APP, col(Signal.erase_by).is_not(None), col(Signal.attested_at).is_(None))
    .order_by(col(Signal.erase_by))
    .limit(PAGE),
    SignalRow,
)


def shown(server: Server, row: SignalRow, now: int) -> Shown:
    """One row, for a page."""
    kind, telling = KINDS.get(row.event), server.telling
    state, colour = STATES[row.state]
    owed = row.erase_by is not None and row.attested_at is None
    return Shown(
        id=row.id,
        grant_id=row.grant_id,
        name=row.event,
        title=kind.title if kind else _LOGOUT if row.channel == LOGOUT else _TEST,
        occurred_at=row.occurred_at,
        state_name=row.state,
        state=state,
        colour=colour,
        attempts=row.attempts,
        next_attempt_at=row.next_attempt_at,
        acknowledged_at=row.acknowledged_at,
        error=row.error,
        error_words=telling.open_words(row.id, row.sealed_error_text),
        due=row.erase_by,
        owed=owed,
        late=owed and (row.erase_by or 0) < now,
        # Of a logout that arrived, or grew too old, nobody knows any more whom it was about.
        replayable=row.channel == EVENTS or row.sealed_subject is not None,
        attestable=kind is not None and kind.ends and row.attested_at is None,
        attested_at=row.attested_at,
        erased_at=row.erased_at,
        statement=telling.open_words(row.id, row.sealed_statement),
    )


async def told_of(server: Server, tx: Transaction, grant_id: str, now: int) -> Told | None:
    """What was told of one grant; None when there was nothing to tell. The caller knows whose it is."""
    rows = [row for row in await tx.all(OF_GRANT, grant_id=grant_id) if row.event != VERIFICATION]
    if not rows:
        return None
    events = [shown(server, row, now) for row in rows]
    asked = next((one for one in events if one.due is not None), None)
    word = next((one for one in reversed(events) if one.attested_at is not None), None)
    ended = any(one.attestable for one in events)
    return Told(grant_id, events, asked, word, ended and asked is None and word is None)


async def page_of_app(
    server: Server, tx: Transaction, client_id: str, before: str, now: int
) -> tuple[list[Shown], bool]:
    """A page of an app's events, newest first, and whether there are older ones."""
    rows = await tx.all(_PAGE_OF, client_id=client_id, before=before or _AFTER_EVERY_ID)
    return [shown(server, row, now) for row in rows[:PAGE]], len(rows) > PAGE


async def owed_by(server: Server, tx: Transaction, client_id: str, now: int) -> list[Shown]:
    """The erasures that an app has still to confirm, the most urgent first."""
    return [shown(server, row, now) for row in await tx.all(_OWED_BY, client_id=client_id)]
