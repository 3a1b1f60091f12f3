"""Key changes with their ledger events, in one transaction."""

from collections.abc import Sequence

from consent.ledger.append import Ledger
from foundation.database import Transaction
from idp.context import Server
from idp.receipts.archive import archive_keys
from idp.running.events import KEY_EVENTS
from keys.lifecycle import KeyState
from keys.ring import ALL_KEYS
from keys.rotation import Asked, KeyChange, Slot, TooSoon, current, ensure_keys, rotate
from keys.secrets import ServerSecrets


async def give_keys(tx: Transaction, ledger: Ledger, secrets: ServerSecrets, now: int) -> None:
    """Every purpose gets the keys it lacks; does nothing on a database that has them."""
    await _record(tx, ledger, await ensure_keys(tx, secrets.signing, now), now)
    await archive_keys(tx, ledger, now)


async def rotate_keys(server: Server, slot: Slot, *, insist: bool = False) -> Sequence[KeyChange] | TooSoon:
    """Rotate one purpose; what changed, empty when another rotation came first.

    insist: though verifiers may not have the next key yet.
    """
    now = server.clock.now()
    async with server.db.reading() as tx:
        active = current(await tx.all(ALL_KEYS), slot, KeyState.ACTIVE, now)
    asked = Asked(slot, None if active is None else active.kid, insist)
    async with server.db.transaction() as tx:
        changes = await rotate(tx, asked, server.secrets.signing, now)
        if not isinstance(changes, TooSoon):
            await _record(tx, server.ledger, changes, now)
            await archive_keys(tx, server.ledger, now)
    return changes


async def _record(tx: Transaction, ledger: Ledger, changes: Sequence[KeyChange], now: int) -> None:
    for change in changes:
        event = KEY_EVENTS[change.state](kid=change.kid, purpose=change.slot.purpose, alg=change.slot.alg)
        await ledger.append(tx, event, person=None, now=now, request_id=None)
