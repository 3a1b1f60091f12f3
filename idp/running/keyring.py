"""Key changes with their ledger events, in one transaction; what changes by itself, and what by command."""

import contextlib
import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from consent.ledger.append import Ledger
from foundation.clock import DAY
from foundation.database import Database, Transaction
from foundation.errors import StorageUnavailableError
from foundation.settings import Settings
from idp.context import Server
from idp.receipts.archive import archive_keys
from idp.running.events import KEY_EVENTS, KeyActivated, KeyRetired, KeyRevoked, KeyStaged
from keys.lifecycle import KeyState, is_dated_ahead
from keys.making import Maker, Slot
from keys.ring import ALL_KEYS
from keys.rotation import (
    Asked,
    KeyChange,
    Stock,
    TooSoon,
    current,
    due,
    ensure_keys,
    lacking,
    needed,
    put_right,
    revoke,
    rotate,
)

RING_SECONDS = 2.0  # between two looks of a process at the keys of the database


async def give_keys(db: Database, ledger: Ledger, maker: Maker, now: int) -> None:
    """Every purpose gets the keys it lacks; does nothing on a database that has them."""
    async with db.reading() as tx:
        slots = lacking(await tx.all(ALL_KEYS), now)
    async with _stocked(maker, slots, now) as stock, db.transaction() as tx:
        changes = await ensure_keys(tx, stock, now) if slots else []
        await _record(tx, ledger, changes, now)


async def rotate_keys(server: Server, slot: Slot, *, insist: bool = False) -> Sequence[KeyChange] | TooSoon:
    """Rotate one purpose; what changed, empty when another rotation came first.

    insist: though verifiers may not have the next key yet. Raises SignerUnavailableError.
    """
    now, maker = server.clock.now(), server.maker
    async with server.db.reading() as tx:
        rows = await tx.all(ALL_KEYS)
    active = current(rows, slot, KeyState.ACTIVE, now)
    asked = Asked(slot, None if active is None else active.kid, insist)
    slots = needed(rows, slot, maker.backends, now)
    async with _stocked(maker, slots, now) as stock, server.db.transaction() as tx:
        changes = await rotate(tx, asked, stock, now)
        if not isinstance(changes, TooSoon):
            await _record(tx, server.ledger, changes, now)
    return changes


async def turn_keys(server: Server) -> list[KeyChange]:
    """What is due by itself, as this node's ring sees it: of any number of nodes, one does it.

    Dates of a wrong clock are put right, what is missing is made, a key that began to sign is activated, and
    one that has signed for its time (settings) gives way, if this node leads.
    """
    ring, now, changes = server.ring, server.clock.now(), list[KeyChange]()
    rows = ring.rows()
    if any(is_dated_ahead(row, now) for row in rows):
        async with server.db.transaction() as tx:
            await put_right(tx, now)
    if lacking(rows, now):
        await give_keys(server.db, server.ledger, server.maker, now)
    slots = [Slot(*begun) for begun in ring.begun()]
    if server.sequencer.leading:
        slots += due(rows, cadence(server.settings), server.maker.backends, now)
    for slot in slots:
        turned = await rotate_keys(server, slot)
        changes += [] if isinstance(turned, TooSoon) else turned
    if slots:
        await follow_keys(server)
    return changes


async def revoke_key(server: Server, kid: str, reason: str) -> Sequence[KeyChange]:
    """Revoke a key: it leaves the key set, and a successor signs. What changed; nothing when it was before.

    Raises SignerUnavailableError when the successor's successor cannot be made.
    """
    now, maker = server.clock.now(), server.maker
    async with server.db.reading() as tx:
        rows = await tx.all(ALL_KEYS)
    slots = [
        slot
        for row in rows
        if row.kid == kid
        for slot in needed(rows, Slot(row.purpose, row.alg), maker.backends, now)
    ]
    async with _stocked(maker, slots, now) as stock, server.db.transaction() as tx:
        changes = await revoke(tx, kid, reason, stock, now)
        await _record(tx, server.ledger, changes, now, reason)
    await follow_keys(server)
    return changes


async def follow_keys(server: Server) -> None:
    """Take the keys as the database has them now."""
    async with server.db.reading() as tx:
        await server.ring.refresh(tx, server.clock.now())


async def published_keys(server: Server, purpose: str = "token") -> dict[str, Any]:
    """The key set of a purpose as it is now, whichever node changed it; as last seen without a database."""
    with contextlib.suppress(StorageUnavailableError):
        await follow_keys(server)
    return server.ring.jwks(purpose, server.clock.now())


def cadence(settings: Settings) -> dict[str, int]:
    """How long a key of each purpose signs, in microseconds; 0: until it is told."""
    return {
        "token": int(settings.key_rotation_days * DAY),
        "receipt": int(settings.receipt_key_rotation_days * DAY),
    }


@asynccontextmanager
async def _stocked(maker: Maker, slots: Sequence[Slot], now: int) -> AsyncIterator[Stock]:
    """Keys made for a unit; those that no row came of are discarded.

    Not when the unit fails: a commit whose answer was lost may have kept their rows.
    """
    stock = Stock(await maker.make(slots, now), maker.backends)
    yield stock
    await maker.discard(stock.made)


async def _record(
    tx: Transaction, ledger: Ledger, changes: Sequence[KeyChange], now: int, reason: str = ""
) -> None:
    for change in changes:
        facts = {"kid": change.kid, "purpose": change.slot.purpose, "alg": change.slot.alg}
        told: KeyRevoked | KeyStaged | KeyActivated | KeyRetired
        if change.state == "revoked":
            told = KeyRevoked(**facts, reason_sha256=hashlib.sha256(reason.encode()).hexdigest())
        else:
            told = KEY_EVENTS[change.state](**facts)
        await ledger.append(tx, told, person=None, now=now, request_id=None)
    await archive_keys(tx, ledger, now)
