"""The walk that answers who is affected: from one authorization of the app to the next.

They come in the order of their holders, so each person is complete when the next one comes: lists leave as
they are made, and nothing grows with the log but the time it takes. A piece reads some hundred entries of one
index, so that nobody else waits; a walk that was left goes on from its `Place`.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from typing import NamedTuple

from consent.ledger.shelves import Window
from consent.ledger.store import tree_size
from foundation.database import Database
from idp.duties.breach import DONE, WHOLE, Affected, Part, Place, Question, Tally
from idp.duties.breach_rows import PIECE, Listed, ReadRow, Reads, still_waiting, waiting_reads


class Step(NamedTuple):
    """A piece of the walk: whoever it finished, and how many authorizations it is past."""

    people: list[Affected]
    grants: int


class _Piece(NamedTuple):
    """Reads in the walk's order. seen: how many, of whatever data; grants: how many are done with them."""

    rows: list[ReadRow]
    seen: int
    grants: int
    place: Place


async def walk(db: Database, question: Question) -> AsyncIterator[Step]:
    """Whom the app read in the interval, each once and complete: many reads of committed state."""
    fold = _Fold(question)
    async for piece in _pieces(await _begin(db, question), None):
        yield Step(list(fold.add(piece.rows)), piece.grants)
    yield Step(list(fold.finish()), 0)


async def count(
    db: Database,
    question: Question,
    part: Part = WHOLE,
    watch: Callable[[int], None] = lambda _: None,
) -> Tally:
    """How many and what; a part says where it stopped. watch: told how many authorizations are done."""
    after, most = part
    tally, fold, seen, done = Tally(), _Fold(question), 0, 0
    before = after.whose if after is not None and after.counted else None
    async for piece in _pieces(await _begin(db, question), after):
        for one in fold.add(piece.rows):
            tally.add(one, again=one.whose == before)
        seen, done = seen + piece.seen, done + piece.grants
        watch(done)
        if most is not None and seen >= most:
            place = piece.place
            counted = place.whose in {before, fold.whose}
            tally.rest = place._replace(counted=counted)
            break
    for one in fold.finish():
        tally.add(one, again=one.whose == before)
    return tally


class _Fold:
    """Rows in the walk's order, added up a person at a time."""

    def __init__(self, question: Question) -> None:
        self._question = question
        self._one: Affected | None = None

    @property
    def whose(self) -> str | None:
        return None if self._one is None else self._one.whose

    def add(self, rows: Iterable[ReadRow]) -> Iterator[Affected]:
        """Whoever is complete."""
        for row in rows:
            names = self._question.names(row)
            if not names:
                continue
            whose = row.person_id or row.grant_id
            if self._one is None or self._one.whose != whose:
                yield from self.finish()
                self._one = Affected(row.person_id, whose)
            self._one.add(row, names)

    def finish(self) -> Iterator[Affected]:
        """The last, when there is one."""
        if self._one is not None:
            yield self._one
        self._one = None


async def _begin(db: Database, question: Question) -> Reads:
    window = Window.of(question.since, question.until)
    # What waits is looked at before the tree's size is taken: an event is in one of the two, or placed since.
    waiting = await waiting_reads(db, question.client_id, window)
    async with db.reading() as tx:
        size = await tree_size(tx)
    return Reads(db, question.client_id, window, size, await still_waiting(db, waiting, size))


async def _pieces(reads: Reads, after: Place | None) -> AsyncIterator[_Piece]:
    """From a place on: whoever has a name, then who has none any more."""
    if after is not None and after.event != DONE:
        rest = Listed(after.grant, after.person, PIECE + 1)
        async for piece in _along(reads, rest, after.event + "0"):
            yield piece
    async for batch in _batches(reads, after):
        if batch[0].reads > PIECE:
            async for piece in _along(reads, batch[0], reads.window.low):
                yield piece
        else:
            yield await _together(reads, batch)


async def _batches(reads: Reads, after: Place | None) -> AsyncIterator[list[Listed]]:
    """The app's authorizations, as many at once as have one piece of reads; one that has more is alone."""
    for living in (True, False):
        if after is not None and after.person is None and living:
            continue
        place = after if after is not None and living == (after.person is not None) else None
        person, grant = ("", "") if place is None else (place.person or "", place.grant)
        while grants := await reads.grants(person, grant, living=living):
            for batch in _batched(grants):
                yield batch
            person, grant = grants[-1].person_id or "", grants[-1].grant_id


def _batched(grants: Iterable[Listed]) -> Iterator[list[Listed]]:
    batch: list[Listed] = []
    for one in grants:
        if batch and sum(other.reads for other in batch) + one.reads > PIECE:
            yield batch
            batch = []
        batch.append(one)
    if batch:
        yield batch


async def _together(reads: Reads, batch: list[Listed]) -> _Piece:
    order = {one.grant_id: number for number, one in enumerate(batch)}
    rows = sorted(await reads.of(batch), key=lambda row: order[row.grant_id])
    last = batch[-1]
    seen = sum(row.reads for row in rows)
    return _Piece(rows, seen, len(batch), Place(last.person_id, last.grant_id))


async def _along(reads: Reads, one: Listed, low: str) -> AsyncIterator[_Piece]:
    """One authorization with more reads than a piece has, from an id on."""
    while True:
        rows = await reads.next_of(one, low)
        seen = sum(row.reads for row in rows)
        if seen < PIECE:
            rows += reads.waiting_of(one)
            yield _Piece(rows, seen, 1, Place(one.person_id, one.grant_id))
            return
        last = max(row.last_id for row in rows)
        yield _Piece(rows, seen, 0, Place(one.person_id, one.grant_id, last))
        low = last + "0"  # no id lies between an id and itself with one more
