"""Signing the tree's head: never backwards, never beside what was signed before.

What is due is looked up in one unit and kept in another: between them the log's key signs, wherever it is.
The last signed head is replaced by compare-and-swap on its size and root, in the unit that keeps the new
checkpoint for ever; so two signers, or one that crashed and came back, can only ever extend one history.
"""

from typing import NamedTuple

from sqlalchemy import bindparam, func, insert, select, update
from sqlmodel import col

from consent.ledger.merkle import Range
from consent.ledger.store import Head, hashes_of, read_head, root_of, tree_size
from consent.ledger.tables import LedgerCheckpoint, LedgerHead
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


class Due(NamedTuple):
    """A head that is to be signed. last: the one it extends, None for an origin's first."""

    last: Head | None
    size: int
    root: bytes


async def due_head(tx: Transaction, origin: str) -> Due | None:
    """The tree as it stands, to be signed; None when it has not grown since it was.

    Raises HeadError when the tree does not extend the last signed head, TileError when tiles are missing.
    """
    last = await read_head(tx, origin)
    size = await tree_size(tx)
    if last is None:
        return await _first_head(tx, origin, size)
    return None if size == last.size else Due(last, size, await _extended_root(tx, last, size))


async def keep_head(tx: Transaction, origin: str, due: Due, note: str, now: int) -> Head | None:
    """Keep the signed note of what was due; the new head, or None when another signer was first."""
    head = Head(due.size, due.root, note, now)
    if due.last is None:
        kept = await tx.run(_FIRST, origin=origin, **head._asdict())
    else:
        kept = await tx.run(
            _SWAP, at=origin, old_size=due.last.size, old_root=due.last.root,
            new_size=head.size, new_root=head.root, new_note=note, now=now,
        )  # fmt: skip
    if not kept:
        return None
    await tx.run(_KEEP, origin=origin, **head._asdict())
    return head


async def _first_head(tx: Transaction, origin: str, size: int) -> Due | None:
    """The first head of an origin: of the empty tree, or of all there is when the origin is a new one."""
    if (await tx.one(_SIGNED, origin=origin)).checkpoints:
        if await read_head(tx, origin) is not None:
            return None  # another signer was first, between our two questions
        raise HeadError(f"the last signed head of {origin} was removed; its checkpoints remain")
    return Due(None, size, await root_of(tx, size))


async def _extended_root(tx: Transaction, last: Head, size: int) -> bytes:
    """The root at `size`, once the same tiles have led to the root that was signed."""
    if size < last.size:
        raise HeadError(f"{last.size} events were signed and {size} are left")
    before, after = await hashes_of(tx, [Range(0, last.size), Range(0, size)])
    if before != last.root:
        raise HeadError(f"the first {last.size} events are not those that were signed")
    return after
