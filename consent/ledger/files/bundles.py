"""Bundles of leaves, from the database."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import bindparam, select
from sqlmodel import col

from consent.ledger.files.layout import join_entries
from consent.ledger.files.missing import join_retired
from consent.ledger.retiring.retired import EVENT
from consent.ledger.retiring.retirements import GONE, Place, Told, is_covered, read_told
from consent.ledger.tables import LedgerEntry, LedgerEvent
from consent.ledger.tiles import WIDTH
from foundation.database import Transaction
from foundation.statements import Statement


class Entry(NamedTuple):
    """What a bundle is made of. leaf: None when it was retired."""

    position: int
    event_id: str
    log: str
    leaf: str | None

    @property
    def place(self) -> Place:
        return Place(*self[:3])


class Bundle(NamedTuple):
    """The bytes of a bundle, and those of the file that says which leaves went; b"" where none did."""

    entries: bytes
    retired: bytes


_ENTRIES = Statement(
    select(col(LedgerEntry.position), col(LedgerEntry.event_id), col(LedgerEntry.log), col(LedgerEvent.leaf))
    .join(LedgerEvent, col(LedgerEvent.id) == col(LedgerEntry.event_id), isouter=True)
    .where(col(LedgerEntry.position) >= bindparam("low"), col(LedgerEntry.position) < bindparam("high"))
    .order_by(col(LedgerEntry.position)),
    Entry,
)


async def read_bundles(tx: Transaction, first: int, end: int, size: int = 2**62) -> list[Bundle]:
    """The bundles of the leaves [first, end), where `first` begins one.

    size: of the tree that they are shown with; what was retired later is still in it.
    """
    told = await read_told(tx, size)
    placed = {row.position: row for row in await tx.all(_ENTRIES, low=first, high=end)}
    for gone in await tx.all(GONE, low=first, high=end):  # after: what goes meanwhile is in both
        placed[gone.position] = Entry(*gone, None)
    rows = [_as_told(told, placed[position]) for position in sorted(placed)]
    return [_bundle(rows[at : at + WIDTH]) for at in range(0, len(rows), WIDTH)]


def _as_told(told: Sequence[Told], row: Entry) -> Entry:
    """Without its leaf, once the log says that it went."""
    going = told and f'"event":"{EVENT}"' not in (row.leaf or "") and is_covered(told, row.place)
    return row._replace(leaf=None) if going else row


def _bundle(rows: Sequence[Entry]) -> Bundle:
    gone = {row.position % WIDTH: row.place.period for row in rows if row.leaf is None}
    return Bundle(join_entries((row.leaf or "").encode() for row in rows), join_retired(gone))
