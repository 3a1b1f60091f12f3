"""Bundles of leaves, from the database."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import bindparam, select
from sqlmodel import col

from consent.ledger.files.layout import join_entries
from consent.ledger.files.missing import join_retired
from consent.ledger.retired import period_of
from consent.ledger.tables import LedgerEntry, LedgerEvent
from consent.ledger.tiles import WIDTH
from foundation.database import Transaction
from foundation.statements import Statement


class Entry(NamedTuple):
    """What a bundle is made of. leaf: None when it was retired."""

    position: int
    log: str
    time: int
    leaf: str | None


class Bundle(NamedTuple):
    """The bytes of a bundle, and those of the file that says which leaves went; b"" where none did."""

    entries: bytes
    retired: bytes


_ENTRIES = Statement(
    select(col(LedgerEntry.position), col(LedgerEntry.log), col(LedgerEntry.time), col(LedgerEvent.leaf))
    .join(LedgerEvent, col(LedgerEvent.id) == col(LedgerEntry.event_id), isouter=True)
    .where(col(LedgerEntry.position) >= bindparam("start"), col(LedgerEntry.position) < bindparam("end"))
    .order_by(col(LedgerEntry.position)),
    Entry,
)


async def read_bundles(tx: Transaction, first: int, end: int) -> list[Bundle]:
    """The bundles of the leaves [first, end), where `first` begins one."""
    rows = await tx.all(_ENTRIES, start=first, end=end)
    return [_bundle(rows[at : at + WIDTH]) for at in range(0, len(rows), WIDTH)]


def _bundle(rows: Sequence[Entry]) -> Bundle:
    gone = {row.position % WIDTH: period_of(row.log, row.time) for row in rows if row.leaf is None}
    return Bundle(join_entries((row.leaf or "").encode() for row in rows), join_retired(gone))
