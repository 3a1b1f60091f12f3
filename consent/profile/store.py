"""The sealed store of profiles: one blob a dataset, under the person's data key.

Two edits never lose one another: each builds on a revision, compares it when it writes, and raises it.
Erasing a person is destroying her key (keys/people.py): what stays here opens for nobody.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson
from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.expression import Executable
from sqlmodel import col

from consent.profile.fields import DATASETS
from consent.tables import ProfileDataset
from foundation.database import Transaction
from foundation.errors import AccordError
from foundation.statements import Statement, Write
from keys.holding import hold_person
from keys.seal import seal, unseal

StoredItem = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Kept:
    """A dataset as stored. revision: 0 when the person never had any."""

    dataset: str
    revision: int
    items: tuple[StoredItem, ...]


@dataclass(frozen=True, slots=True, repr=False)
class Owner:
    """Whose profile, with her data key (32 bytes)."""

    person_id: str
    data_key: bytes


class ProfileChangedError(AccordError):
    """Someone else (another tab, an import) changed this dataset since it was shown."""

    def __init__(self) -> None:
        super().__init__(
            "profile_changed",
            "This part of the profile changed in the meantime. Nothing was saved: look at it again.",
            status=409,
        )


class KeptRow(NamedTuple):
    dataset: str
    revision: int
    sealed: bytes


_ROW = (col(ProfileDataset.dataset), col(ProfileDataset.revision), col(ProfileDataset.sealed))
_HERS = col(ProfileDataset.person_id) == bindparam("person_id")
_ONE = (_HERS, col(ProfileDataset.dataset) == bindparam("dataset"))
FIND_DATASET = Statement(select(*_ROW).where(*_ONE), KeptRow)
_LOCK_DATASET = Statement(select(*_ROW).where(*_ONE).with_for_update(), KeptRow)
_FIND_ALL = Statement(select(*_ROW).where(_HERS), KeptRow)


def _insert(dialect: str) -> Executable:
    statement = sqlite.insert(ProfileDataset) if dialect == "sqlite" else postgresql.insert(ProfileDataset)
    return statement.on_conflict_do_nothing(index_elements=["person_id", "dataset"])


_INSERT = Write(_insert)
_UPDATE = Write(
    update(ProfileDataset)
    .where(*_ONE, col(ProfileDataset.revision) == bindparam("basis"))
    .values(revision=bindparam("revision"), sealed=bindparam("sealed"), updated_at=bindparam("updated_at"))
)


def _place(person_id: str, dataset: str, revision: int) -> bytes:
    """What a seal is bound to: a row copied to another person, dataset or revision does not open."""
    return f"accord profile v1\0{person_id}\0{dataset}\0{revision}".encode()


def open_dataset(owner: Owner, row: KeptRow) -> tuple[StoredItem, ...]:
    """The items in a row. Raises SealError when it is not this person's, or was tampered with."""
    place = _place(owner.person_id, row.dataset, row.revision)
    return tuple(orjson.loads(unseal(owner.data_key, row.sealed, place)))


async def load(tx: Transaction, owner: Owner, dataset: str) -> Kept:
    """One dataset, empty when the person has none."""
    row = await tx.first(FIND_DATASET, person_id=owner.person_id, dataset=dataset)
    return _kept(owner, dataset, row)


async def load_for_edit(tx: Transaction, owner: Owner, dataset: str) -> Kept:
    """One dataset, locked until the unit ends."""
    row = await tx.first(_LOCK_DATASET, person_id=owner.person_id, dataset=dataset)
    return _kept(owner, dataset, row)


def _kept(owner: Owner, dataset: str, row: KeptRow | None) -> Kept:
    return Kept(dataset, 0, ()) if row is None else Kept(dataset, row.revision, open_dataset(owner, row))


async def load_all(tx: Transaction, owner: Owner) -> Mapping[str, Kept]:
    """Every dataset, those that are empty too."""
    rows = await tx.all(_FIND_ALL, person_id=owner.person_id)
    found = {row.dataset: Kept(row.dataset, row.revision, open_dataset(owner, row)) for row in rows}
    return {name: found.get(name, Kept(name, 0, ())) for name in DATASETS}


async def save(tx: Transaction, owner: Owner, basis: Kept, items: Sequence[StoredItem], now: int) -> Kept:
    """Replace the items of `basis` by validated ones.

    Raises ProfileChangedError when the stored revision is no longer that of `basis`, PersonErasedError.
    """
    revision = basis.revision + 1
    place = _place(owner.person_id, basis.dataset, revision)
    values = {
        "person_id": owner.person_id,
        "dataset": basis.dataset,
        "revision": revision,
        "sealed": seal(owner.data_key, orjson.dumps(list(items)), place),
        "updated_at": now,
    }
    if basis.revision:
        written = await tx.run(_UPDATE, **values, basis=basis.revision)
    else:  # no row of hers that an erasure would take: it would leave one that opens for nobody
        await hold_person(tx, owner.person_id)
        written = await tx.run(_INSERT, **values)
    if not written:
        raise ProfileChangedError
    return Kept(basis.dataset, revision, tuple(items))


def shelf_of(kept: Mapping[str, Kept]) -> dict[str, tuple[StoredItem, ...]]:
    """The items of each dataset, as choices and releases take them."""
    return {name: dataset.items for name, dataset in kept.items()}
