"""Loading an edition: beside the live one, a batch at a time, resumable, and live in one statement."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, insert, select, tuple_, update
from sqlmodel import SQLModel, col

from consent.rome.files import BadRow, Source
from consent.rome.reading import STEPS, Loaded, Step
from consent.rome.tables import (
    RomeEdition,
    RomeExpected,
    RomeProgress,
    RomeSheet,
    RomeSkill,
    RomeTitle,
    RomeWord,
)
from foundation.clock import Clock
from foundation.database import Database, Transaction
from foundation.errors import AccordError
from foundation.ids import new_id
from foundation.statements import Statement, Write, upsert

BATCH = 500  # rows a unit: on SQLite a unit holds the writer, and this one some 20 ms
_PURGED_AT_ONCE = 5_000
_BAD_IN_A_HUNDRED = 1  # more, and the files are not what we take them for


class NewEdition(NamedTuple):
    """An edition about to be loaded: see tables.RomeEdition."""

    id: str
    name: str
    source: str
    fingerprint: bytes


class _Begun(NamedTuple):
    id: str
    live_at: int | None


class _Taken(NamedTuple):
    taken: int


class _Id(NamedTuple):
    id: str


_KEYS: dict[type[SQLModel], list[str]] = {
    RomeSheet: ["code", "edition"],
    RomeTitle: ["code", "edition"],
    RomeSkill: ["code", "edition"],
    RomeExpected: ["sheet", "skill", "edition"],
    RomeWord: ["of", "word", "code", "edition"],
}
_PURGED: tuple[type[SQLModel], ...] = (*_KEYS, RomeProgress)
PUT = {table: Write(upsert(table, key, [])) for table, key in _KEYS.items()}
_FIND = Statement(
    select(col(RomeEdition.id), col(RomeEdition.live_at))
    .where(col(RomeEdition.fingerprint) == bindparam("fingerprint"))
    .order_by(col(RomeEdition.began_at).desc())
    .limit(1),
    _Begun,
)
_BEGIN = Write(insert(RomeEdition))
_GO_LIVE = Write(
    update(RomeEdition).where(col(RomeEdition.id) == bindparam("edition")).values(live_at=bindparam("now"))
)
_TAKEN = Statement(
    select(col(RomeProgress.taken)).where(
        col(RomeProgress.edition) == bindparam("edition"), col(RomeProgress.file) == bindparam("file")
    ),
    _Taken,
)
_TAKE = Write(upsert(RomeProgress, ["edition", "file"], ["taken"]))
_FORGET_PROGRESS = Write(delete(RomeProgress).where(col(RomeProgress.edition) == bindparam("edition")))
_OTHERS = Statement(select(col(RomeEdition.id)).where(col(RomeEdition.id) != bindparam("edition")), _Id)
_FORGET = Write(delete(RomeEdition).where(col(RomeEdition.id) == bindparam("edition")))

# Told while a load goes on: file, rows taken so far, rows there are.
Tell = Callable[[str, int, int], None]


@dataclass
class Outcome:
    """What a load did. already: these very files were live before. bad: the rows left out."""

    edition: str
    name: str
    resumed: bool = False
    already: bool = False
    rows: dict[str, int] = field(default_factory=dict)
    bad: list[BadRow] = field(default_factory=list)


def _silent(_file: str, _taken: int, _rows: int) -> None:
    """Nobody watches."""


class Loader:
    """Loads one source. tell: hears of the progress."""

    def __init__(self, db: Database, clock: Clock, source: Source, tell: Tell = _silent) -> None:
        self._db = db
        self._clock = clock
        self._source = source
        self._tell = tell
        self._loaded = Loaded()

    async def load(self) -> Outcome:
        """Load what is not loaded yet, and make it the live edition.

        Raises AccordError `rome_files` when more than one row in a hundred of a file is bad: the live edition
        stays, and what was taken is kept for the next attempt with these files.
        """
        outcome = await self._begin()
        if outcome.already:
            return outcome
        for step in STEPS:
            await self._step(step, outcome)
        async with self._db.transaction() as tx:
            await go_live(tx, outcome.edition, self._clock.now())
            await tx.run(_FORGET_PROGRESS, edition=outcome.edition)
        await purge_others(self._db, outcome.edition)
        return outcome

    async def _begin(self) -> Outcome:
        source, now = self._source, self._clock.now()
        async with self._db.transaction() as tx:
            begun = await tx.first(_FIND, fingerprint=source.fingerprint)
            if begun is not None:
                live = begun.live_at is not None
                return Outcome(begun.id, source.edition, resumed=not live, already=live)
            edition = new_id(now)
            await begin(tx, NewEdition(edition, source.edition, "files", source.fingerprint), now)
        return Outcome(edition, source.edition)

    async def _step(self, step: Step, outcome: Outcome) -> None:
        """Read a whole file (later ones refer to it), and store what is not stored yet."""
        bad, taken = len(outcome.bad), 0
        async with self._db.reading() as tx:
            row = await tx.first(_TAKEN, edition=outcome.edition, file=step.role)
        stored, total = 0 if row is None else row.taken, step.count(self._source)
        self._tell(step.role, stored, total)
        for batch in _batches(step.read(self._source, self._loaded)):
            outcome.bad += [one for one in batch if isinstance(one, BadRow)]
            taken += len(batch)
            if taken > stored:
                await self._store(outcome.edition, step.role, batch, taken)
                self._tell(step.role, taken, total)
        outcome.rows[step.role] = taken
        wrong = outcome.bad[bad:]
        if len(wrong) * 100 > taken * _BAD_IN_A_HUNDRED:
            first = wrong[0]
            raise AccordError(
                "rome_files",
                f"{len(wrong)} of the {taken} rows of {first.file} are not usable, the first at line "
                f"{first.line}: {first.reason}. The edition in use stays.",
            )

    async def _store(self, edition: str, role: str, batch: list[Any], taken: int) -> None:
        async with self._db.transaction() as tx:
            await put(tx, edition, [one for one in batch if not isinstance(one, BadRow)])
            await tx.run(_TAKE, edition=edition, file=role, taken=taken)


async def begin(tx: Transaction, edition: NewEdition, now: int) -> None:
    """Open an edition that is not live yet."""
    await tx.run(_BEGIN, **edition._asdict(), began_at=now, live_at=None)


async def go_live(tx: Transaction, edition: str, now: int) -> None:
    """Make an edition the one that is searched."""
    await tx.run(_GO_LIVE, edition=edition, now=now)


async def put(
    tx: Transaction, edition: str, groups: list[list[tuple[type[SQLModel], dict[str, Any]]]]
) -> None:
    """Store rows of any of the tables; those that are there already stay."""
    by_table: dict[type[SQLModel], list[dict[str, Any]]] = {}
    for group in groups:
        for table, values in group:
            by_table.setdefault(table, []).append({"edition": edition, **values})
    for table, rows in by_table.items():
        await tx.run_many(PUT[table], rows)


def _batches(items: Iterator[Any]) -> Iterator[list[Any]]:
    while batch := list(islice(items, BATCH)):
        yield batch


async def purge_others(db: Database, edition: str) -> None:
    """Remove every other edition, a little at a time."""
    async with db.reading() as tx:
        others = await tx.all(_OTHERS, edition=edition)
    for other in others:
        for table in _PURGED:
            while await _purge(db, table, other.id):
                pass
        async with db.transaction() as tx:
            await tx.run(_FORGET, edition=other.id)


async def _purge(db: Database, table: type[SQLModel], edition: str) -> bool:
    async with db.transaction() as tx:
        return await tx.run(_PURGES[table], edition=edition) == _PURGED_AT_ONCE


def _purging(table: type[SQLModel]) -> Write:
    """DELETE of some rows of an edition; neither database takes a LIMIT there."""
    columns = table.__table__.c  # type: ignore[attr-defined]  # every SQLModel table has it
    keys = [column for column in columns if column.primary_key and column.name != "edition"]
    some = select(*keys).where(columns.edition == bindparam("edition")).limit(_PURGED_AT_ONCE)
    return Write(delete(table).where(columns.edition == bindparam("edition"), tuple_(*keys).in_(some)))


_PURGES: dict[type[SQLModel], Write] = {table: _purging(table) for table in _PURGED}
