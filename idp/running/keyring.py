"""Key changes with their ledger events, in one transaction."""

from collections.abc import Sequence

from consent.ledger.append import Ledger
from foundation.database import Database, Transaction
from idp.running.events import KEY_EVENTS
from keys.lifecycle import KeyState
from keys.ring import ALL_KEYS
from keys.rotation import KeyChange, Slot, current, ensure_keys, rotate
from keys.secrets import ServerSecrets


async def give_keys(tx: Transaction, ledger: Ledger, secrets: ServerSecrets, now: int) -> None:
    """Every purpose gets the keys it lacks; does nothing on a database that has them."""
    await _record(tx, ledger, await ensure_keys(tx, secrets.signing, now), now)


async def rotate_keys(
    db: Database, ledger: Ledger, secrets: ServerSecrets, slot: Slot, now: int
) -> Sequence[KeyChange]:
    """Rotate one purpose; what changed, empty when another rotation came first."""
    async with db.reading() as tx:
        active = current(await tx.all(ALL_KEYS), slot, KeyState.ACTIVE, now)
    from_kid = None if active is None else active.kid
    async with db.transaction() as tx:
        changes = await rotate(tx, slot, secrets.signing, now, from_kid=from_kid)
        await _record(tx, ledger, changes, now)
    return changes


async def _record(tx: Transaction, ledger: Ledger, changes: Sequence[KeyChange], now: int) -> None:
    for change in changes:
        event = KEY_EVENTS[change.state](kid=change.kid, purpose=change.slot.purpose, alg=change.slot.alg)
        await ledger.append(tx, event, person=None, now=now, request_id=None)
