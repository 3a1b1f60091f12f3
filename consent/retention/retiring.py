"""Retiring a class and a month of the log: found sound, accounted for, then taken away a little at a time.

In one unit the log's event and the intent are recorded; nothing goes before a signed head covers that event.
Each piece then moves whole: an event's place stays, its leaf, its payload and what it was found by go. So at
every moment the verifier has, for each leaf, either the leaf or the event that accounts for it; and whoever
was killed goes on where the rows say that the work stopped.

Events of a month can come after it went: one committed late, a clock set back. They go by a further account,
which says all that ever went of the month: those of before first, since places are given in order.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from consent.ledger.append import Ledger
from consent.ledger.leaf import Leaf
from consent.ledger.merkle import Range
from consent.ledger.retiring.retired import EVENT, Digest, Period, Retired, period_of
from consent.ledger.retiring.retirements import GONE
from consent.ledger.store import read_head, read_tiles
from consent.ledger.tiles import Tiles, tiles_over
from consent.ledger.verifying.accounts import Ids
from consent.ledger.verifying.recompute import Placed, check_row, hash_in
from consent.ledger.verifying.rows import PLACED
from consent.looking.adding import add_new
from consent.retention.clocks import Clocks
from consent.retention.events import LogRetired
from consent.retention.moving import Begun, count_gone, end, find_begun, intend, move, span_of
from consent.retention.report import Standing, standing_of
from foundation.clock import Clock
from foundation.database import ConflictError, Database
from foundation.errors import AccordError

_PAGE = 1_000
_TRIES = 60
Settle = Callable[[], Awaitable[object]]
Progress = Callable[[int, int], None]  # (events gone, events in all)


def _silent(_done: int, _total: int) -> None:
    """For whom nobody watches."""


def _kept(standing: Standing | None, period: Period) -> AccordError:
    by = "it has no event" if standing is None else f"kept by {standing.kept_by}"
    return AccordError(
        "period_kept",
        f"{period.log} {period.month} may not be retired: `accord ledger retention` says what keeps it.",
        status=409,
        detail=by,
    )


@dataclass(frozen=True, slots=True)
class Retiring:
    """What retires. origin: of the log."""

    db: Database
    ledger: Ledger
    clock: Clock
    origin: str
    clocks: Clocks

    async def retire(self, period: Period, settle: Settle, progress: Progress = _silent) -> int:
        """Retire what is due, or finish what was begun; how many events of the period went in all.

        settle: awaited, again and again, until a signed head covers what was recorded.
        Raises AccordError period_kept (409), log_contradicts_itself (409) when a leaf that would go does not
        verify, and log_not_signed (503) when no head covers the event in time: what was begun stays begun.
        """
        retired = await self._begin(period)
        await self._until_signed(period, settle)
        await add_new(self.db)  # what goes is subtracted: it must have been added
        async with self.db.reading() as tx:
            gone, after = await count_gone(tx, period), ""
        progress(gone, retired.events)
        while True:
            async with self.db.transaction() as tx:
                places = await move(tx, retired, after)
            if not places:
                break
            gone, after = gone + len(places), places[-1].event_id
            progress(gone, retired.events)
            await asyncio.sleep(0)  # the writer belongs to whoever waits
        async with self.db.transaction() as tx:
            await end(tx, period, self.clock.now())
        return retired.events

    async def _begin(self, period: Period) -> Retired:
        async with self.db.reading() as tx:
            begun = await find_begun(tx, period)
        if begun is None or begun.ended_at is not None:
            standing = await standing_of(self.db, self.clocks, self.clock.now(), period)
            if standing is None or standing.kept_by is not None:
                raise _kept(standing, period)
            if standing.state == "due":
                await self._intend(period, begun)
            async with self.db.transaction() as tx:  # sees what is not committed for readers yet
                begun = await find_begun(tx, period)
        if begun is None:
            raise _kept(None, period)
        return begun.retired

    async def _intend(self, period: Period, before: Begun | None) -> None:
        event = await self._account(period, before)
        now = self.clock.now()
        try:
            async with self.db.transaction() as tx:
                recorded = await self.ledger.append(tx, event, person=None, now=now, request_id=None)
                await intend(tx, period, recorded.event_id, before)
        except ConflictError:
            return  # somebody else intends the same

    async def _account(self, period: Period, before: Begun | None) -> LogRetired:
        """What the log says of what went and goes, once each leaf of it was held to its hash."""
        digest, ids = Digest(), Ids()
        if before is not None:
            await self._add_gone(before.retired, digest, ids)
        async with self.db.reading() as tx:
            first, last = await span_of(tx, period) or (0, -1)
        for start in range(first, last + 1, _PAGE):
            for row in await self._sound(period, start, min(start + _PAGE, last + 1)):
                digest.add(row.position, row.leaf_hash)
                ids.add(row.event_id)
            await asyncio.sleep(0)
        told = digest.of(period)
        return LogRetired(
            of_log=period.log, period=period.month, first=told.first, last=told.last,
            count=told.events, digest=told.digest, ids=ids.digest(),
        )  # fmt: skip

    async def _add_gone(self, before: Retired, digest: Digest, ids: Ids) -> None:
        """Add what an account of before says."""
        for start in range(before.first, before.last + 1, _PAGE):
            span = Range(start, min(start + _PAGE, before.last + 1))
            async with self.db.reading() as tx:
                gone = await tx.all(GONE, low=span.start, high=span.end)
                tiles = await read_tiles(tx, [one for one in tiles_over(span) if one.level == 0])
            for place in gone:
                if place.period == before.period:
                    digest.add(place.position, hash_in(tiles, 0, place.position))
                    ids.add(place.event_id)
            await asyncio.sleep(0)
        if digest.of(before.period) != before:
            raise _contradicted(
                "ledger_retired", f"position={before.first}", "it is not what was accounted for"
            )

    async def _sound(self, period: Period, start: int, stop: int) -> Sequence[Placed]:
        """The period's events in [start, stop), each as the log's tiles say."""
        async with self.db.reading() as tx:
            rows = await tx.all(PLACED, low=start, high=stop)
            tiles = await read_tiles(tx, [one for one in tiles_over(Range(start, stop)) if one.level == 0])
        return [row for row in rows if _goes(row, period, tiles)]

    async def _until_signed(self, period: Period, settle: Settle) -> None:
        for _ in range(_TRIES):
            async with self.db.reading() as tx:
                begun = await find_begun(tx, period)
                head = await read_head(tx, self.origin)
            if _covered(begun, 0 if head is None else head.size):
                return
            await settle()
        raise AccordError(
            "log_not_signed",
            "No signed head covers what was recorded yet, so nothing was deleted. Try again in a moment.",
            status=503,
        )


def _covered(begun: Begun | None, size: int) -> bool:
    return begun is not None and begun.position is not None and begun.position < size


def _goes(row: Placed, period: Period, tiles: Tiles) -> bool:
    """Whether it is one of the period. Raises AccordError when it is no leaf of the tree."""
    if (row.log, row.event == EVENT) != (period.log, False) or period_of(row.log, row.time) != period:
        return False
    checked = check_row(row, tiles)
    if isinstance(checked, Leaf):
        return True
    raise _contradicted(*checked)


def _contradicted(table: str, row: str, reason: str) -> AccordError:
    return AccordError(
        "log_contradicts_itself",
        "A leaf that would go is not what the log proves: run `accord ledger verify` first.",
        status=409,
        detail=f"{table}, {row}: {reason}",
    )
