"""A database with keys, and ways to look at them and to move them along."""

from foundation.clock import FrozenClock
from foundation.database import Database
from foundation.ids import new_id
from keys.lifecycle import KeyState, state_of
from keys.making import Slot, sealed_key
from keys.ring import ALL_KEYS, KeyRing, KeyRow
from keys.rotation import ROTATING, WANTED, Asked, KeyChange, Stock, TooSoon, ensure_keys, revoke, rotate
from keys.secrets import load_secrets

SECRET = b"s" * 32
TOKEN = Slot("token", "ES256")
SLOTS = tuple(dict.fromkeys((*WANTED, *ROTATING)))


def stocked(clock: FrozenClock, *slots: Slot) -> Stock:
    """Keys ready made: for `slots`, or more than anything takes."""
    return Stock([sealed_key(slot, new_id(clock.now()), SECRET) for slot in slots or SLOTS * 2])


async def first_start(db: Database, clock: FrozenClock) -> list[KeyChange]:
    async with db.transaction() as tx:
        await load_secrets(tx, b"m" * 32, clock.now())
        return await ensure_keys(tx, stocked(clock), clock.now())


async def ring_of(db: Database, clock: FrozenClock) -> KeyRing:
    ring = KeyRing(SECRET)
    async with db.reading() as tx:
        await ring.refresh(tx, clock.now())
    return ring


async def rows_of(db: Database) -> list[KeyRow]:
    async with db.reading() as tx:
        return list(await tx.all(ALL_KEYS))


async def states(db: Database, clock: FrozenClock, slot: Slot) -> list[KeyState]:
    rows = await rows_of(db)
    return sorted(state_of(row, clock.now()) for row in rows if (row.purpose, row.alg) == slot)


async def ask(
    db: Database, clock: FrozenClock, slot: Slot = TOKEN, seen: str | None = None, *, insist: bool = False
) -> list[KeyChange] | TooSoon:
    """Ask for a rotation, having seen what is active, or `seen`."""
    if seen is None:
        seen = (await ring_of(db, clock)).signer(*slot).kid
    stock = stocked(clock, slot, slot)
    async with db.transaction() as tx:
        return await rotate(tx, Asked(slot, seen, insist), stock, clock.now())


async def turn(
    db: Database, clock: FrozenClock, slot: Slot = TOKEN, seen: str | None = None
) -> list[KeyChange]:
    """Insist on a rotation, whoever may not have seen the next key."""
    changes = await ask(db, clock, slot, seen, insist=True)
    assert not isinstance(changes, TooSoon)
    return changes


async def end(db: Database, clock: FrozenClock, kid: str) -> list[str]:
    """Revoke; the states that were entered."""
    async with db.transaction() as tx:
        return [change.state for change in await revoke(tx, kid, "leaked", stocked(clock), clock.now())]
