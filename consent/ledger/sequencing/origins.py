"""Which log a database writes, and what happens when it was restored: never a fork, and never a stop.

A log's name promises one history. A database that lacks what was signed under it (a backup was restored) can
not go on under that name: it opens a new one, `<name>/2`, whose first event says which head of which log it
follows and how much of it is here. What was signed under the old name stays true of the old log: its
checkpoints are kept, and receipts from then are checked against them.
"""

import re
from typing import NamedTuple

import structlog
from sqlalchemy import insert, select
from sqlmodel import col

from consent.ledger.append import Ledger
from consent.ledger.events import Event, event
from consent.ledger.notes.checkpoint import Checkpoint
from consent.ledger.sequencing.apart import HeadFile, head_of
from consent.ledger.sequencing.publish import Due, keep_head
from consent.ledger.store import read_head, root_of, tree_size
from consent.ledger.tables import LedgerOrigin
from consent.ledger.tiles import TileError
from foundation.database import ConflictError, Database, Transaction
from foundation.statements import Statement, Write

log = structlog.get_logger("ledger")


@event("log.opened", log="security", stays_open=True)
class LogOpened(Event):
    """From here on events are under a new origin: the database was restored from before what was signed.

    follows: the origin before; size, root (hexadecimal): its last signed head. kept: how many of those
    events are here. Those that are not, only their receipts and published files still tell of.
    """

    follows: str
    size: int
    root: str
    kept: int


class Opened(NamedTuple):
    """An origin that was opened after another. number: from 2 on. follows: the other's last signed note."""

    origin: str
    number: int
    follows: str
    opened_at: int


_OPENED = Statement(
    select(*(col(getattr(LedgerOrigin, name)) for name in Opened._fields)).order_by(col(LedgerOrigin.number)),
    Opened,
)
_OPEN = Write(insert(LedgerOrigin))


async def opened_origins(tx: Transaction) -> list[Opened]:
    """The origins after the first, the oldest first."""
    return await tx.all(_OPENED)


async def current_origin(tx: Transaction, first: str) -> str:
    """The origin that this database writes. first: the one before any other was opened."""
    return ([first] + [one.origin for one in await opened_origins(tx)])[-1]


async def holds(tx: Transaction, head: Checkpoint) -> bool:
    """Whether this tree begins with the events that a head covers; one that lacks tiles does not."""
    if head.size > await tree_size(tx):
        return False
    try:
        return await root_of(tx, head.size) == head.root
    except TileError:
        return False


async def known_head(tx: Transaction, origin: str) -> str | None:
    """What stands apart as far as this database knows: its last note, or the one that the origin follows."""
    last = await read_head(tx, origin)
    if last is not None:
        return last.note
    return next((one.follows for one in await opened_origins(tx) if one.origin == origin), None)


async def agree(db: Database, apart: HeadFile, origin: str, now: int) -> bool:
    """Bring database and file to one head, where their histories are one; False where they are not.

    Either may be ahead: what was signed and did not reach the database, or a file from before.
    """
    note = await apart.read()
    if note is None:
        return True
    head = head_of(note)
    async with db.transaction() as tx:
        last = await read_head(tx, origin)
        if head.origin != origin or not await holds(tx, head):
            return False
        if last is None or last.size < head.size:
            await keep_head(tx, origin, Due(last, head.size, head.root), note, now)
            return True
    return last.note == note or await apart.swap(note, last.note)


class Standing(NamedTuple):
    """How a log stands to what was signed of it. follows: the last heads of the origins before, oldest first.

    missing: the head kept apart, where this database does not hold what it covers.
    """

    origin: str
    events: int
    follows: tuple[Checkpoint, ...]
    missing: Checkpoint | None

    @property
    def origins(self) -> tuple[str, ...]:
        """Every name that this log was signed under."""
        return (*(one.origin for one in self.follows), self.origin)

    def message(self) -> str:
        """One sentence for whoever runs the server."""
        if self.missing is not None:
            origin, size, *_ = self.missing
            return f"{size} events were signed as {origin} and are not all among these {self.events}"
        before = "".join(f", after {one.size} events signed as {one.origin}" for one in self.follows)
        return f"signed as {self.origin}{before}"


async def standing(db: Database, apart: HeadFile, first: str) -> Standing:
    """How this database's log stands; changes nothing. Raises SettingsError for a damaged file."""
    note = await apart.read()
    async with db.reading() as tx:
        origin, opened, events = (
            await current_origin(tx, first),
            await opened_origins(tx),
            await tree_size(tx),
        )
        head = None if note is None or note == await known_head(tx, origin) else head_of(note)
        ours = head is not None and _number(head.origin, first) >= _number(origin, first)
        missing = head if head is not None and ours and not await holds(tx, head) else None
    return Standing(origin, events, tuple(head_of(one.follows) for one in opened), missing)


async def settle_origin(db: Database, apart: HeadFile, first: str, now: int) -> str:
    """The origin to write under, a new one where this database lacks what was signed.

    Raises SettingsError for a damaged file.
    """
    note = await apart.read()
    async with db.reading() as tx:
        origin = await current_origin(tx, first)
        known = await known_head(tx, origin)
    if note is None or note == known:
        return origin
    if _number(head_of(note).origin, first) < _number(origin, first):  # a file from before, or of another log
        await apart.swap(note, known or "")
        return origin
    if await agree(db, apart, origin, now):
        return origin
    try:
        return await _open(db, note, first, now)
    except ConflictError:  # the same, at once
        async with db.reading() as tx:
            return await current_origin(tx, first)


async def _open(db: Database, note: str, first: str, now: int) -> str:
    head = head_of(note)
    async with db.transaction() as tx:
        opened = await opened_origins(tx)
        if opened and opened[-1].follows == note:  # by another node, in this moment
            return opened[-1].origin
        number = max(1, _number(head.origin, first), *(one.number for one in opened)) + 1
        origin = f"{first}/{number}"
        kept = min(await tree_size(tx), head.size)
        await tx.run(_OPEN, origin=origin, number=number, follows=note, opened_at=now)
        told = LogOpened(follows=head.origin, size=head.size, root=head.root.hex(), kept=kept)
        await Ledger().append(tx, told, person=None, now=now, request_id=None)
    log.warning("a restored database lacks what was signed: a new origin", origin=origin, kept=kept)
    return origin


def _number(origin: str, first: str) -> int:
    """Which of our origins this is, from 1; 0 for a log of another name."""
    if origin == first:
        return 1
    found = re.fullmatch(re.escape(first) + r"/([2-9]|[1-9][0-9]{1,8})", origin, re.ASCII)
    return 0 if found is None else int(found[1])
