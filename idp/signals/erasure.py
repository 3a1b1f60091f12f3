"""Asking an app to erase what it read, its word that it did, and what follows when it keeps silent.

An app is asked by the person, about a grant that ended, and always when her account is erased. It says that
it erased through the API or in the partner space; it may say so without being asked. One that lets the day
pass cannot ask anybody for a new authorization until it has answered; those it has go on.
"""

import hashlib
from collections.abc import Sequence
from typing import Literal, NamedTuple

from sqlalchemy import bindparam, func, select, update
from sqlmodel import col

from consent.tables import Grant
from foundation.clock import DAY, MINUTE, to_seconds
from foundation.database import Transaction
from foundation.errors import AccordError
from foundation.statements import Statement, Write
from idp.context import Server
from idp.signals.events import ErasureAttested, ErasureRequested
from idp.signals.kinds import KINDS
from idp.signals.progress import Progress, owner_of
from idp.signals.rows import FIND_SIGNAL, OF_APP, OF_GRANT, CountRow, IdRow, SignalRow
from idp.signals.tables import Signal
from idp.signals.telling import News
from keys.people import PersonSecrets

LONGEST_STATEMENT = 500
_SKEW = 5 * MINUTE
_ENDS = frozenset(kind.name for kind in KINDS.values() if kind.ends)


class Ended(NamedTuple):
    """A grant that ended, or is being erased. subject: what the app knows the person by."""

    client_id: str
    grant_id: str
    revision: int
    subject: str


class Attestation(NamedTuple):
    """An app's word. signal_id or grant_id names what it is about. erased_at: microseconds.

    statement: its own words, "" for none.
    """

    signal_id: str
    grant_id: str
    erased_at: int
    statement: str
    via: Literal["api", "form"]


_GRANTS_OF = Statement(
    select(col(Grant.client_id), col(Grant.id), col(Grant.revision), col(Grant.subject))
    .where(col(Grant.person_id) == bindparam("person_id"))
    .order_by(col(Grant.id)),
    Ended,
)
_HOLD_GRANT = Statement(
    select(col(Grant.id)).where(col(Grant.id) == bindparam("grant_id")).with_for_update(), IdRow
)
_OWED = (
    OF_APP,
    col(Signal.erase_by).is_not(None),
    col(Signal.attested_at).is_(None),
    col(Signal.erase_by) < bindparam("now"),
)
_COUNT_OVERDUE = Statement(select(func.count().label("found")).where(*_OWED), CountRow)
_ATTEST = Write(
    update(Signal)
    .where(col(Signal.id) == bindparam("signal_id"), OF_APP, col(Signal.attested_at).is_(None))
    .values(
        attested_at=bindparam("now"),
        erased_at=bindparam("erased"),
        sealed_statement=bindparam("words"),
    )
)


async def ask_erasure(
    server: Server, tx: Transaction, ended: Ended, person: PersonSecrets, now: int
) -> int | None:
    """Ask an app to erase what it read under a grant that ended; by when, in microseconds.

    None: it was asked before, or said so by itself.
    """
    await tx.first(_HOLD_GRANT, grant_id=ended.grant_id)  # of two clicks, one asks
    for row in await tx.all(OF_GRANT, grant_id=ended.grant_id):
        if row.erase_by is not None or row.attested_at is not None:
            return None
    return await _ask(server, tx, ended, person, now, why="asked")


async def tell_account_erased(
    server: Server, tx: Transaction, person_id: str, person: PersonSecrets, now: int
) -> int:
    """Tell each app that read something of a person that she is gone, once; how many.

    In the unit that erases her, while her grants still say what each app knows her by.
    """
    newest = {ended.client_id: ended for ended in await tx.all(_GRANTS_OF, person_id=person_id)}
    for ended in newest.values():
        await _ask(server, tx, ended, person, now, why="account_erased")
    return len(newest)


async def _ask(  # noqa: PLR0913  # the unit, what is asked of whom, and why
    server: Server,
    tx: Transaction,
    ended: Ended,
    person: PersonSecrets,
    now: int,
    *,
    why: Literal["asked", "account_erased"],
) -> int:
    erase_by = now + server.settings.erasure_days * DAY
    event = ErasureRequested(
        client=ended.client_id, grant=ended.grant_id, revision=ended.revision, erase_by=erase_by, why=why
    )
    recorded = await server.ledger.append(tx, event, person=person, now=now, request_id=None)
    news = News(
        ended.client_id,
        ended.grant_id,
        ended.revision,
        "erasure-requested" if why == "asked" else "grant-erased",
        {"erase_by": to_seconds(erase_by)},
        ended.subject,
        recorded.event_id,
        erase_by,
    )
    await server.telling.tell(tx, news, now)
    return erase_by


async def attest(server: Server, tx: Transaction, client_id: str, word: Attestation, now: int) -> int:
    """Record that an app erased; how many events that answers (0: it had said so before).

    It is then told of them, too. Raises AccordError `bad_attestation`, `unknown_signal`.
    """
    grant_id = word.grant_id
    if word.signal_id:
        named = await tx.first(FIND_SIGNAL, client_id=client_id, signal_id=word.signal_id)
        grant_id = "" if named is None else named.grant_id
    told = await tx.all(OF_GRANT, grant_id=grant_id) if grant_id else []
    endings = [row for row in told if row.client_id == client_id and row.event in _ENDS]
    if not endings:
        raise AccordError("unknown_signal", "No event of this application ended such a grant.", status=404)
    _check(word, endings, now)
    rows = [row for row in endings if row.attested_at is None]
    if not rows:
        return 0
    telling, progress = server.telling, Progress(server, tx, client_id, now)
    for row in rows:
        await tx.run(
            _ATTEST,
            client_id=client_id,
            signal_id=row.id,
            now=now,
            erased=word.erased_at,
            words=telling.seal_words(row.id, word.statement),
        )
        await progress.acknowledged(row.id, "attestation")
    event = _event(client_id, rows[-1], word)
    person = await owner_of(server, tx, rows[-1].grant_id)
    await server.ledger.append(tx, event, person=person, now=now, request_id=None)
    return len(rows)


def _check(word: Attestation, rows: Sequence[SignalRow], now: int) -> None:
    if len(word.statement) > LONGEST_STATEMENT or not word.statement.isprintable():
        raise AccordError(
            "bad_attestation", f"A statement is one line of {LONGEST_STATEMENT} characters at most."
        )
    if word.erased_at > now + _SKEW:
        raise AccordError("bad_attestation", "What is still to be erased cannot be attested.")
    if word.erased_at < min(row.occurred_at for row in rows) - DAY:
        raise AccordError("bad_attestation", "erased_at is before the grant ended.")


def _event(client_id: str, row: SignalRow, word: Attestation) -> ErasureAttested:
    digest = hashlib.sha256(word.statement.encode()).hexdigest() if word.statement else None
    return ErasureAttested(
        client=client_id,
        grant=row.grant_id,
        revision=row.revision,
        erased_at=word.erased_at,
        statement=digest,
        via=word.via,
    )


async def is_overdue(tx: Transaction, client_id: str, now: int) -> bool:
    """Whether an app let the day pass by which it was to have erased something."""
    return (await tx.one(_COUNT_OVERDUE, client_id=client_id, now=now)).found > 0
