"""Making keys and moving them along. Each step is a row; nothing is signed by a key nobody could fetch.

`rotate` activates the key that stood published ahead, retires the one that signed, and stages the next. The
callers (idp/) write the ledger events of what these functions return, in the same transaction.
"""

import json
from collections.abc import Sequence
from typing import NamedTuple

from joserfc.jwk import ECKey, Key, KeyParameters, OKPKey, RSAKey
from sqlalchemy import bindparam, insert, update
from sqlmodel import col

from foundation.database import Transaction
from foundation.ids import new_id
from foundation.statements import Write
from keys.lifecycle import PUBLISHED_BEFORE_USE, KeyState, state_of
from keys.ring import ALL_KEYS, KeyRow
from keys.seal import seal
from keys.secrets import hold_secrets
from keys.tables import SigningKey


class Slot(NamedTuple):
    """What a key is for: a purpose ("token", "receipt", "ledger") and a JOSE algorithm."""

    purpose: str
    alg: str


# What the server signs with. "EdDSA" is Ed25519 here; the ledger's notes and its key never meet JOSE.
WANTED = (Slot("token", "ES256"), Slot("token", "RS256"), Slot("receipt", "ES256"), Slot("ledger", "EdDSA"))
# The ledger's verifiers pin its key: it has no key ahead and rotates with a new log, not with `rotate`.
ROTATING = tuple(slot for slot in WANTED if slot.purpose != "ledger")


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
    """One step in a key's life, for the ledger: state is "staged", "activated" or "retired"."""

    state: str
    kid: str
    slot: Slot


_INSERT = Write(insert(SigningKey))
# The guard in WHERE makes two concurrent rotations one: the second changes no row and stages nothing.
_ACTIVATE = Write(
    update(SigningKey)
    .where(col(SigningKey.kid) == bindparam("key_id"), col(SigningKey.activated_at).is_(None))
    .values(activated_at=bindparam("now"))
)
_RETIRE = Write(
    update(SigningKey)
    .where(col(SigningKey.kid) == bindparam("key_id"), col(SigningKey.retired_at).is_(None))
    .values(retired_at=bindparam("now"))
)


def _generate(slot: Slot, kid: str) -> Key:
    parameters: KeyParameters = {"kid": kid, "alg": slot.alg, "use": "sig"}
    if slot.alg == "RS256":
        return RSAKey.generate_key(2048, parameters)
    if slot.alg == "EdDSA":
        return OKPKey.generate_key("Ed25519", parameters)
    if slot.alg == "ES256":
        return ECKey.generate_key("P-256", parameters)
    raise ValueError(f"no key is made for {slot}")


async def _stage(tx: Transaction, slot: Slot, secret: bytes, now: int) -> KeyChange:
    kid = new_id(now)
    key = _generate(slot, kid)
    await tx.run(
        _INSERT,
        kid=kid,
        purpose=slot.purpose,
        alg=slot.alg,
        public_jwk=json.dumps(key.as_dict(private=False), sort_keys=True),
        sealed=seal(secret, json.dumps(key.as_dict(private=True)).encode(), kid.encode()),
        staged_at=now,
        activated_at=None,
        retired_at=None,
    )
    return KeyChange("staged", kid, slot)


async def ensure_keys(tx: Transaction, secret: bytes, now: int) -> list[KeyChange]:
    """Give every purpose an active key and, where it rotates, one published ahead. What was done."""
    rows = await tx.all(ALL_KEYS)
    if _complete(rows, now):
        return []
    await hold_secrets(tx)  # nodes that start together must not each make a set
    rows = await tx.all(ALL_KEYS)
    changes: list[KeyChange] = []
    for slot in WANTED:
        promoted: list[KeyChange] = []
        staged = current(rows, slot, KeyState.STAGED, now)
        if current(rows, slot, KeyState.ACTIVE, now) is None:
            promoted = await _promote(tx, slot, staged, secret, now)
        if slot in ROTATING and (staged is None or promoted):
            promoted.append(await _stage(tx, slot, secret, now))
        changes += promoted
    return changes


def _complete(rows: Sequence[KeyRow], now: int) -> bool:
    """Whether every purpose has the keys it needs."""
    return all(
        current(rows, slot, KeyState.ACTIVE, now)
        and (slot not in ROTATING or current(rows, slot, KeyState.STAGED, now))
        for slot in WANTED
    )


async def rotate(tx: Transaction, asked: Asked, secret: bytes, now: int) -> list[KeyChange] | TooSoon:
    """Activate the staged key of a purpose, retire the active one, stage the next. What was done.

    Empty when another rotation came first: of two that were asked at once, one is made.
    """
    slot, rows = asked.slot, await tx.all(ALL_KEYS)
    active = current(rows, slot, KeyState.ACTIVE, now)
    if asked.from_kid != (None if active is None else active.kid):
        return []
    staged = current(rows, slot, KeyState.STAGED, now)
    wait = 0 if asked.insist or active is None else _until_seen(rows, slot, staged, now)
    if wait > 0:
        return TooSoon(wait)
    changes = await _promote(tx, slot, staged, secret, now)
    if not changes:
        return []
    if active is not None and await tx.run(_RETIRE, key_id=active.kid, now=now):
        changes.append(KeyChange("retired", active.kid, slot))
    changes.append(await _stage(tx, slot, secret, now))
    return changes


def _until_seen(rows: Sequence[KeyRow], slot: Slot, staged: KeyRow | None, now: int) -> int:
    """How long verifiers may still hold a set without the staged key; zero or less when none can."""
    if staged is None:
        return PUBLISHED_BEFORE_USE
    first = min(row.staged_at for row in rows if row.purpose == slot.purpose)
    rotated = any(row.retired_at is not None for row in rows if (row.purpose, row.alg) == slot)
    if staged.staged_at <= first and not rotated:
        return 0  # made at the first start: no set was ever published without it
    return staged.staged_at + PUBLISHED_BEFORE_USE - now


async def _promote(
    tx: Transaction, slot: Slot, staged: KeyRow | None, secret: bytes, now: int
) -> list[KeyChange]:
    """Activate the key that stands ahead; make one first when there is none (a first start)."""
    changes = [] if staged else [await _stage(tx, slot, secret, now)]
    kid = staged.kid if staged else changes[0].kid
    if not await tx.run(_ACTIVATE, key_id=kid, now=now):
        return []
    return [*changes, KeyChange("activated", kid, slot)]


def current(rows: Sequence[KeyRow], slot: Slot, state: KeyState, now: int) -> KeyRow | None:
    """The newest key of a purpose in a state."""
    found = [r for r in rows if (r.purpose, r.alg) == slot and state_of(r, now) is state]
    return found[-1] if found else None
