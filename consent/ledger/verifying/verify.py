"""The verifier: everything recomputed from raw rows, the first row that lies named.

First the walk: each event with a position, in order, against its entry, its tiles and every head signed so
far; of what was retired, its hash. Then whether the log accounts for all that was (accounts.py), and what the
walk does not see (beyond.py): rows past the tree's end, lost events, the queue. It may run beside a working
server: what has a position never moves again, and what moves is asked about in one question.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Protocol

from consent.ledger.leaf import Leaf
from consent.ledger.merkle import Range
from consent.ledger.notes.note import Verifier
from consent.ledger.persons import PayloadError, open_payload
from consent.ledger.retiring.retirements import GONE
from consent.ledger.store import read_tiles, tree_size
from consent.ledger.tiles import Tiles, tiles_over
from consent.ledger.verifying.accounts import retired_fault
from consent.ledger.verifying.beyond import (
    checkpoints_fault,
    events_fault,
    heads_fault,
    queue_fault,
    shelves_fault,
    tiles_fault,
)
from consent.ledger.verifying.recompute import Placed, Signed, Tree, check_checkpoint, check_gone, check_row
from consent.ledger.verifying.rows import HEADS, PLACED, SIGNED, LastSigned
from consent.ledger.verifying.verdict import Fault, Verdict
from foundation.database import Database, Transaction
from keys.people import PersonSecrets

PAGE = 1_000
Progress = Callable[[int, int], None]  # (events recomputed, events in all)


class SecretsOf(Protocol):
    """Opens the keys of the person a leaf is about; None once she was erased. anew: as things stand now."""

    def __call__(self, leaf: Leaf, *, anew: bool = False) -> Awaitable[PersonSecrets | None]: ...


async def verify(
    db: Database,
    verifiers: Sequence[Verifier],
    *,
    progress: Progress | None = None,
    secrets_of: SecretsOf | None = None,
) -> Verdict:
    """Recompute the whole log.

    verifiers: the log's public keys, pinned by whoever asks; heads of other origins are compared with the
    tree but their signatures are not checked. progress: called after each page. secrets_of: given, payloads
    are held to their commitments.
    """
    walk = _Walk(verifiers, progress, secrets_of)
    fault = await walk.over(db)
    for check in (retired_fault, checkpoints_fault, tiles_fault, shelves_fault, events_fault):
        if fault is None:
            fault = await check(db)
    waiting = 0
    if fault is None:
        waiting, fault = await queue_fault(db)
    return walk.verdict(waiting, fault)


class _Walk:
    """Over the positions from 0 to where the tree ended when the walk began."""

    def __init__(
        self, verifiers: Sequence[Verifier], progress: Progress | None, secrets_of: SecretsOf | None
    ) -> None:
        self._pinned = {one.name: one for one in verifiers}
        self._progress = progress
        self._secrets_of = secrets_of
        self._tree = Tree()
        self._heads: list[LastSigned] = []
        self._checkpoints = 0
        self._retired = 0

    async def over(self, db: Database) -> Fault | None:
        async with db.reading() as tx:
            self._heads = await tx.all(HEADS)
            end = await tree_size(tx)
            fault = heads_fault(self._heads, end) or self._signed_here(await tx.all(SIGNED, low=0, high=0))
        while fault is None and self._tree.size < end:
            async with db.reading() as tx:
                fault = await self._page(tx, end)
            if self._progress is not None:
                self._progress(self._tree.size, end)
            await asyncio.sleep(0)  # beside a working server: its requests come first
        return fault

    async def _page(self, tx: Transaction, end: int) -> Fault | None:
        start = self._tree.size
        end = min(start + PAGE, end)
        rows = {row.position: row for row in await tx.all(PLACED, low=start, high=end)}
        # After: what goes meanwhile is in both.
        gone = (
            {row.position for row in await tx.all(GONE, low=start, high=end)}
            if len(rows) < end - start
            else ()
        )
        tiles = await read_tiles(tx, tiles_over(Range(start, end)))
        signed = await tx.all(SIGNED, low=start + 1, high=end)
        for position in range(start, end):
            if position in rows:
                fault = await self._row(rows[position], tiles)
            elif position in gone:
                fault = self._gone(position, tiles)
            else:
                fault = _lost(position, rows)
            if fault is None:
                fault = self._signed_here([one for one in signed if one.size == self._tree.size])
            if fault is not None:
                return fault
        return None

    async def _row(self, row: Placed, tiles: Tiles) -> Fault | None:
        leaf = check_row(row, tiles)
        if isinstance(leaf, Fault):
            return leaf
        if leaf.commitment is not None and self._secrets_of is not None:
            fault = await self._payload(leaf, row.sealed, self._secrets_of)
            if fault is not None:
                return fault
        return self._tree.push(row.leaf_hash, tiles)

    def _gone(self, position: int, tiles: Tiles) -> Fault | None:
        """A leaf that went with its period: its hash takes part; accounts.py asks what covers it."""
        stored = check_gone(position, tiles)
        if isinstance(stored, Fault):
            return stored
        self._retired += 1
        return self._tree.push(stored, tiles)

    async def _payload(self, leaf: Leaf, sealed: bytes | None, secrets_of: SecretsOf) -> Fault | None:
        secrets = await secrets_of(leaf)
        fault = None if secrets is None else _payload_fault(secrets, leaf, sealed)
        # She may have been erased between the look at her keys and the look at this row.
        return None if fault is None or await secrets_of(leaf, anew=True) is None else fault

    def _signed_here(self, signed: list[Signed]) -> Fault | None:
        """Checks the heads signed for exactly the tree seen so far."""
        for row in signed:
            fault = check_checkpoint(row, self._tree, self._pinned) or self._last(row)
            if fault is not None:
                return fault
            self._checkpoints += 1
        return None

    def _last(self, row: Signed) -> Fault | None:
        """The head row repeats the last checkpoint; it must do so to the letter."""
        for head in self._heads:
            same = (head.origin, head.size) == (row.origin, row.size)
            if same and (head.root, head.note) != (row.root, row.note):
                return Fault("ledger_head", f"origin={head.origin}", "it is not the last checkpoint")
        return None

    def verdict(self, waiting: int, fault: Fault | None) -> Verdict:
        origins = {head.origin for head in self._heads}
        return Verdict(
            events=self._tree.size,
            root=self._tree.root(),
            signed=max((head.size for head in self._heads), default=0),
            waiting=waiting,
            checkpoints=self._checkpoints,
            unpinned=tuple(sorted(origins - self._pinned.keys())),
            fault=fault,
            retired=self._retired,
        )


def _lost(position: int, rows: Iterable[int]) -> Fault:
    following = min((one for one in rows if one > position), default=None)
    seen = "missing" if following is None else f"missing: the next position is {following}"
    return Fault("ledger_entry", f"position={position}", seen)


def _payload_fault(secrets: PersonSecrets, leaf: Leaf, sealed: bytes | None) -> Fault | None:
    """Whether a payload is not what its leaf promised."""
    if sealed is None:
        return Fault("ledger_event", f"id={leaf.id}", "column sealed: gone, and its person was not erased")
    try:
        open_payload(secrets, leaf, sealed)
    except PayloadError as error:
        return Fault("ledger_event", f"id={leaf.id}", f"column sealed: {error}")
    return None
