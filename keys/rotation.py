"""Moving keys along. Each change is one unit under one lock; nothing is signed by a key nobody could fetch.

`rotate` activates the key that stood published ahead, retires the one that signed, and stages the next. Keys
come ready made (making.py). The callers (idp/) write the ledger events of what these functions return, in the
same transaction: a process that dies half-way has done nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import BigInteger, bindparam, case, func, insert, update
from sqlmodel import col

from foundation.database import Transaction
from foundation.statements import Write
from keys.lifecycle import (
    AHEAD,
    CLOCKS_DIFFER,
    PUBLISHED_BEFORE_USE,
    KeyState,
    is_dated_ahead,
    is_old,
    state_of,
)
from keys.making import FILE, Made, Slot
from keys.ring import ALL_KEYS, KeyRow
from keys.secrets import hold_secrets
from keys.tables import SigningKey

# What the server signs with. "EdDSA" is Ed25519 here; the ledger's key signs notes, and never a JWS.
WANTED = (Slot("token", "ES256"), Slot("token", "RS256"), Slot("receipt", "ES256"), Slot("ledger", "EdDSA"))
# Published ahead from the first start, so that every verifier has it; its first signature activates it.
ON_DEMAND = (Slot("token", "PS256"), Slot("token", "EdDSA"))
# The ledger's verifiers pin its key: it has no key ahead and rotates with a new log, not with `rotate`.
ROTATING = (*(slot for slot in WANTED if slot.purpose != "ledger"), *ON_DEMAND)


class Asked(NamedTuple):
    """A rotation, as it is asked for.

    from_kid: the active key as the caller saw it, None for none. insist: also when verifiers may not have the
    next key yet, for a key that must not sign any more.
    """

    slot: Slot
    from_kid: str | None
    insist: bool = False


class TooSoon(NamedTuple):
    """A rotation that was refused: somebody may hold a key set of ours, rightly, that lacks the next key.

    wait: microseconds until nobody can.
    """

    wait: int


class KeyChange(NamedTuple):
    """One step in a key's life, for the ledger: "staged", "activated", "retired" or "revoked"."""

    state: str
    kid: str
    slot: Slot


class Stock(NamedTuple):
    """Keys made for what is about to be done; those that no row came of are left in `made`.

    backends: whose keys can sign here; one ahead that could not is passed over.
    """

    made: list[Made]
    backends: frozenset[str] = frozenset({FILE})

    def holds(self, slot: Slot) -> bool:
        return any(one.slot == slot for one in self.made)


_INSERT = Write(insert(SigningKey))
# The guards in WHERE stand although changes come one after the other: a lock can be forgotten.
_ACTIVATE = Write(
    update(SigningKey)
    .where(
        col(SigningKey.kid) == bindparam("key_id"),
        col(SigningKey.activated_at).is_(None),
        col(SigningKey.revoked_at).is_(None),
    )
    .values(activated_at=bindparam("now"))
)
_RETIRE = Write(
    update(SigningKey)
    .where(col(SigningKey.kid) == bindparam("key_id"), col(SigningKey.retired_at).is_(None))
    .values(retired_at=bindparam("now"))
)
_REVOKE = Write(
    update(SigningKey)
    .where(col(SigningKey.kid) == bindparam("key_id"), col(SigningKey.revoked_at).is_(None))
    .values(
        revoked_at=bindparam("now"),
        revoked_for=bindparam("reason"),
        retired_at=func.coalesce(col(SigningKey.retired_at), bindparam("now")),
    )
)
_DATES = (col(SigningKey.staged_at), col(SigningKey.activated_at), col(SigningKey.retired_at))
_NOW = bindparam("now", type_=BigInteger)
_PUT_RIGHT = Write(
    update(SigningKey).values({date: case((date > bindparam("latest"), _NOW), else_=date) for date in _DATES})
)


def lacking(rows: Sequence[KeyRow], now: int) -> list[Slot]:
    """What is to be made: an active key for every purpose, and one ahead where it rotates."""
    slots: list[Slot] = []
    for slot in dict.fromkeys((*WANTED, *ROTATING)):
        ahead = current(rows, slot, KeyState.STAGED, now) is not None
        idle = slot in WANTED and current(rows, slot, KeyState.ACTIVE, now) is None
        slots += [slot] * ((idle and not ahead) + (slot in ROTATING and (idle or not ahead)))
    return slots


async def ensure_keys(tx: Transaction, stock: Stock, now: int) -> list[KeyChange]:
    """Give every purpose an active key and, where it rotates, one published ahead. What was done."""
    await hold_secrets(tx)  # nodes that start together must not each make a set
    rows = await tx.all(ALL_KEYS)
    changes: list[KeyChange] = []
    for slot in dict.fromkeys(lacking(rows, now)):
        staged = current(rows, slot, KeyState.STAGED, now)
        if slot in WANTED and current(rows, slot, KeyState.ACTIVE, now) is None:
            changes += await _promote(tx, slot, staged, stock, now)
            staged = None
        if slot in ROTATING and staged is None:
            changes += await _stage(tx, slot, stock, now)
    return changes


def needed(rows: Sequence[KeyRow], slot: Slot, backends: frozenset[str], now: int) -> list[Slot]:
    """What `rotate` or `revoke` takes from its stock: the next key, and one to sign where none is ahead."""
    return [slot] * (1 if _ahead(rows, slot, backends, now) else 2)


async def rotate(tx: Transaction, asked: Asked, stock: Stock, now: int) -> list[KeyChange] | TooSoon:
    """Activate the staged key of a purpose, retire the active one, stage the next. What was done.

    Empty when another rotation came first: of two that were asked at once, one is made.
    """
    await hold_secrets(tx)
    slot, rows = asked.slot, await tx.all(ALL_KEYS)
    active = current(rows, slot, KeyState.ACTIVE, now)
    if asked.from_kid != (None if active is None else active.kid):
        return []
    ahead = _ahead(rows, slot, stock.backends, now)
    wait = 0 if asked.insist or active is None else until_seen(rows, slot, ahead, now)
    if wait > 0:
        return TooSoon(wait)
    changes = await _promote(tx, slot, ahead, stock, now)
    if not changes:
        return []
    if active is not None and await tx.run(_RETIRE, key_id=active.kid, now=now):
        changes.append(KeyChange("retired", active.kid, slot))
    return [*changes, *await _stage(tx, slot, stock, now)]


async def revoke(tx: Transaction, kid: str, reason: str, stock: Stock, now: int) -> list[KeyChange]:
    """End a key at once; one that signed has a successor in the same unit. What was done, first the end.

    Empty when it was revoked before, or is no key of a purpose that rotates.
    """
    await hold_secrets(tx)
    rows = await tx.all(ALL_KEYS)
    row = next((one for one in rows if one.kid == kid and Slot(one.purpose, one.alg) in ROTATING), None)
    if row is None or not await tx.run(_REVOKE, key_id=kid, reason=reason, now=now):
        return []
    slot, state = Slot(row.purpose, row.alg), state_of(row, now)
    changes = [KeyChange("revoked", kid, slot)]
    if state is KeyState.ACTIVE:
        changes += await _promote(tx, slot, _ahead(rows, slot, stock.backends, now), stock, now)
    if state is KeyState.ACTIVE or state in AHEAD:
        changes += await _stage(tx, slot, stock, now)
    return changes


def due(rows: Sequence[KeyRow], cadence: Mapping[str, int], backends: frozenset[str], now: int) -> list[Slot]:
    """Whose active key has signed for its time, with a successor that everybody has.

    cadence: by purpose, microseconds. A key of a module is left to nodes that have the module.
    """
    found = []
    for slot in ROTATING:
        active, ahead = current(rows, slot, KeyState.ACTIVE, now), _ahead(rows, slot, backends, now)
        if active is None or ahead is None or active.backend not in backends:
            continue
        if is_old(active, cadence.get(slot.purpose, 0), now) and until_seen(rows, slot, ahead, now) <= 0:
            found.append(slot)
    return found


async def put_right(tx: Transaction, now: int) -> int:
    """Date to now what a wrong clock dated ahead: nothing then waits for a day that is far away. How many."""
    await hold_secrets(tx)
    wrong = sum(is_dated_ahead(row, now) for row in await tx.all(ALL_KEYS))
    if wrong:
        await tx.run(_PUT_RIGHT, latest=now + CLOCKS_DIFFER, now=now)
    return wrong


def until_seen(rows: Sequence[KeyRow], slot: Slot, ahead: KeyRow | None, now: int) -> int:
    """How long verifiers may still hold a set without the key ahead; zero or less when none can."""
    if ahead is None:
        return PUBLISHED_BEFORE_USE
    first = min(row.staged_at for row in rows if row.purpose == slot.purpose)
    changed = any(row.retired_at is not None for row in rows if (row.purpose, row.alg) == slot)
    if ahead.staged_at <= first and not changed:
        return 0  # made at the first start: no set was ever published without it
    return ahead.staged_at + PUBLISHED_BEFORE_USE - now


async def _stage(tx: Transaction, slot: Slot, stock: Stock, now: int) -> list[KeyChange]:
    made = next((one for one in stock.made if one.slot == slot), None)
    if made is None:
        return []  # somebody else changed this purpose meanwhile; what is missing is made at the next look
    stock.made.remove(made)
    await tx.run(
        _INSERT,
        kid=made.kid,
        purpose=slot.purpose,
        alg=slot.alg,
        public_jwk=made.public_jwk,
        sealed=made.sealed,
        staged_at=now,
        activated_at=None,
        retired_at=None,
        backend=made.backend,
        revoked_at=None,
        revoked_for=None,
    )
    return [KeyChange("staged", made.kid, slot)]


async def _promote(
    tx: Transaction, slot: Slot, ahead: KeyRow | None, stock: Stock, now: int
) -> list[KeyChange]:
    """Activate the key that stands ahead; stage one first when there is none."""
    changes = [] if ahead else await _stage(tx, slot, stock, now)
    kids = [ahead.kid] if ahead else [change.kid for change in changes]
    if not kids or not await tx.run(_ACTIVATE, key_id=kids[0], now=now):
        return []
    return [*changes, KeyChange("activated", kids[0], slot)]


def _ahead(rows: Iterable[KeyRow], slot: Slot, backends: frozenset[str], now: int) -> KeyRow | None:
    """The key that stands ahead and could sign here."""
    return current([row for row in rows if row.backend in backends], slot, KeyState.STAGED, now)


def current(rows: Sequence[KeyRow], slot: Slot, state: KeyState, now: int) -> KeyRow | None:
    """The newest key of a purpose in a state; STAGED stands for ANNOUNCED too."""
    states = AHEAD if state is KeyState.STAGED else (state,)
    found = [r for r in rows if (r.purpose, r.alg) == slot and state_of(r, now) in states]
    return found[-1] if found else None
