"""Signing the tree's head: never backwards, never beside what was signed before.

The last signed head is replaced by compare-and-swap on its size and root, in the unit that keeps the new
checkpoint for ever; so two signers, or one that crashed and came back, can only ever extend one history.
"""

from typing import NamedTuple

from sqlalchemy import bindparam, func, insert, select, update
from sqlmodel import col

from consent.ledger.checkpoint import sign_checkpoint
from consent.ledger.merkle import EMPTY_ROOT, Range
from consent.ledger.note import Signer
from consent.ledger.store import Head, read_head, read_tiles, tree_size
from consent.ledger.tables import LedgerCheckpoint, LedgerHead
from consent.ledger.tiles import hash_of, tiles_of
from foundation.database import Transaction
from foundation.statements import Statement, Write, upsert


class HeadError(Exception):
    """The tree is no extension of what was signed: signing it would show the world two histories."""


class _Signed(NamedTuple):
    checkpoints: int


_FIRST = Write(upsert(LedgerHead, ["origin"], []))
_SWAP = Write(
    update(LedgerHead)
    .where(
        col(LedgerHead.origin) == bindparam("at"),
        col(LedgerHead.size) == bindparam("old_size"),
        col(LedgerHead.root) == bindparam("old_root"),
    )
    .values(
        size=bindparam("new_size"),
        root=bindparam("new_root"),
        note=bindparam("new_note"),
        signed_at=bindparam("now"),
    )
)
_KEEP = Write(insert(LedgerCheckpoint))
_SIGNED = Statement(select(func.count()).where(col(LedgerCheckpoint.origin) == bindparam("origin")), _Signed)


async def publish(tx: Transaction, signer: Signer, now: int) -> Head | None:
    """Sign the tree as it stands; the new head, or None when it has not grown or another signer was first.

    Raises HeadError when the tree does not extend the last signed head, TileError when tiles are missing.
    """
    last = await read_head(tx, signer.name)
    size = await tree_size(tx)
    if last is None:
        return await _publish_first(tx, signer, size, now)
    if size == last.size:
        return None
    head = _sign(signer, size, await _extended_root(tx, last, size), now)
    swapped = await tx.run(
        _SWAP, at=signer.name, old_size=last.size, old_root=last.root,
        new_size=size, new_root=head.root, new_note=head.note, now=now,
    )  # fmt: skip
    if not swapped:
        return None
    await tx.run(_KEEP, origin=signer.name, **head._asdict())
    return head


async def _publish_first(tx: Transaction, signer: Signer, size: int, now: int) -> Head | None:
    """The first head of an origin: of the empty tree, or of all there is when the origin is a new one."""
    if (await tx.one(_SIGNED, origin=signer.name)).checkpoints:
        if await read_head(tx, signer.name) is not None:
            return None  # another signer was first, between our two questions
        raise HeadError(f"the last signed head of {signer.name} was removed; its checkpoints remain")
    whole = Range(0, size)
    root = hash_of(whole, await read_tiles(tx, tiles_of([whole]))) if size else EMPTY_ROOT
    head = _sign(signer, size, root, now)
    if not await tx.run(_FIRST, origin=signer.name, **head._asdict()):
        return None
    await tx.run(_KEEP, origin=signer.name, **head._asdict())
    return head


async def _extended_root(tx: Transaction, last: Head, size: int) -> bytes:
    """The root at `size`, once the same tiles have led to the root that was signed."""
    if size < last.size:
        raise HeadError(f"{last.size} events were signed and {size} are left")
    before, after = Range(0, last.size), Range(0, size)
    tiles = await read_tiles(tx, tiles_of([before, after]))
    if hash_of(before, tiles) != last.root:
        raise HeadError(f"the first {last.size} events are not those that were signed")
    return hash_of(after, tiles)


def _sign(signer: Signer, size: int, root: bytes, now: int) -> Head:
    return Head(size, root, sign_checkpoint(signer, size, root), now)
