"""Tables of the ledger. Times are microseconds; hashes are raw bytes.

`ledger_event` is written once and never changed (its payload may be destroyed, the whole row retired with its
period); every other table can be derived from it again, except the signed heads, which say what the world was
shown, the tiles over what was retired, and its places.
"""

from sqlalchemy import BigInteger, Index, Integer, LargeBinary, Text, text
from sqlmodel import Field, SQLModel

# On SQLite an INTEGER key is the row's own number: appending needs no second tree.
_POSITION = BigInteger().with_variant(Integer(), "sqlite")

# What nearly every event has tells nothing: no index files it.
USUAL_OUTCOME = "success"
_UNUSUAL = text(f"outcome <> '{USUAL_OUTCOME}'")


class LedgerEvent(SQLModel, table=True):
    """An event as it was recorded. leaf: canonical JSON, format v1. sealed: its payload, when it has one."""

    __tablename__ = "ledger_event"

    id: str = Field(primary_key=True)
    leaf: str = Field(sa_type=Text)
    sealed: bytes | None = Field(default=None, sa_type=LargeBinary)


class LedgerQueue(SQLModel, table=True):
    """Events that have no position yet. Ids need not arrive in order: a slow commit may bring an old one."""

    __tablename__ = "ledger_queue"
    __table_args__ = ({"sqlite_with_rowid": False},)

    event_id: str = Field(primary_key=True)


class LedgerEntry(SQLModel, table=True):
    """An event's place in the tree, with what auditors filter by (copies of the leaf's own fields).

    Searches go by event id, which is ordered by time, so that queued events page in with the others.
    """

    __tablename__ = "ledger_entry"
    __table_args__ = (
        Index("ix_ledger_entry_event", "event", "event_id"),
        Index(
            "ix_ledger_entry_outcome", "outcome", "event_id", sqlite_where=_UNUSUAL, postgresql_where=_UNUSUAL
        ),
        Index("ix_ledger_entry_client", "client", "event_id"),
        Index("ix_ledger_entry_person", "shelf", "person", "event_id"),
        Index("ix_ledger_entry_grant", "shelf", "grant_id", "event_id"),
        Index("ix_ledger_entry_request", "request", "event_id"),
    )

    position: int = Field(primary_key=True, sa_type=_POSITION, sa_column_kwargs={"autoincrement": False})
    shelf: int  # of its position (shelves.py)
    event_id: str = Field(unique=True)
    leaf_hash: bytes = Field(sa_type=LargeBinary)
    time: int = Field(sa_type=BigInteger)
    event: str
    log: str
    outcome: str
    client: str | None = None
    person: str | None = None
    grant_id: str | None = None
    request: str | None = None


# Column of ledger_entry -> key of the leaf it copies.
COPIED = {
    "time": "time", "event": "event", "log": "log", "outcome": "outcome",
    "client": "client", "person": "person", "grant_id": "grant", "request": "request",
}  # fmt: skip


class LedgerRetired(SQLModel, table=True):
    """What stays of an event that went with its period: its place, so that its receipts verify for ever."""

    __tablename__ = "ledger_retired"

    position: int = Field(primary_key=True, sa_type=_POSITION, sa_column_kwargs={"autoincrement": False})
    event_id: str = Field(unique=True)
    log: str


class LedgerRetirement(SQLModel, table=True):
    """A class of the log and a month ("2026-11") that goes, or went: the intent, and the end of the work.

    event_id: the event of the log that accounts for what goes; it stands here from the first.
    """

    __tablename__ = "ledger_retirement"

    log: str = Field(primary_key=True)
    month: str = Field(primary_key=True)
    event_id: str
    ended_at: int | None = Field(default=None, sa_type=BigInteger)


class LedgerShelf(SQLModel, table=True):
    """What ids the entries of a shelf have: low_id the smallest, high_id the largest."""

    __tablename__ = "ledger_shelf"

    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    low_id: str = Field(index=True)
    high_id: str


class LedgerTile(SQLModel, table=True):
    """256 hashes of one level in a row (C2SP tlog-tiles); the last tile of a level may hold fewer.

    Level 0 holds leaf hashes; level n+1 holds the roots of the full tiles of level n. hashes: 32 bytes each.
    """

    __tablename__ = "ledger_tile"

    level: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    tile_index: int = Field(primary_key=True, sa_type=BigInteger)
    hashes: bytes = Field(sa_type=LargeBinary)


class LedgerHead(SQLModel, table=True):
    """The last head signed for an origin: replaced only by compare-and-swap, and only by a larger tree."""

    __tablename__ = "ledger_head"

    origin: str = Field(primary_key=True)
    size: int = Field(sa_type=BigInteger)
    root: bytes = Field(sa_type=LargeBinary)
    note: str = Field(sa_type=Text)
    signed_at: int = Field(sa_type=BigInteger)


class LedgerCheckpoint(SQLModel, table=True):
    """Every head ever signed: one per origin and size, for ever."""

    __tablename__ = "ledger_checkpoint"
    __table_args__ = (Index("ix_ledger_checkpoint_size", "size"),)

    origin: str = Field(primary_key=True)
    size: int = Field(primary_key=True, sa_type=BigInteger)
    root: bytes = Field(sa_type=LargeBinary)
    note: str = Field(sa_type=Text)
    signed_at: int = Field(sa_type=BigInteger)


class LedgerCosignature(SQLModel, table=True):
    """What a witness said of a signed head. witness: its key's name and id; line: as in a signed note."""

    __tablename__ = "ledger_cosignature"

    origin: str = Field(primary_key=True)
    size: int = Field(primary_key=True, sa_type=BigInteger)
    witness: str = Field(primary_key=True)
    line: str = Field(sa_type=Text)
    cosigned_at: int = Field(sa_type=BigInteger)


class LedgerWitnessed(SQLModel, table=True):
    """The last head of an origin that a quorum of witnesses cosigned. note: with their lines."""

    __tablename__ = "ledger_witnessed"

    origin: str = Field(primary_key=True)
    size: int = Field(sa_type=BigInteger)
    root: bytes = Field(sa_type=LargeBinary)
    note: str = Field(sa_type=Text)
    signed_at: int = Field(sa_type=BigInteger)


class LedgerOrigin(SQLModel, table=True):
    """An origin that was opened after a restored backup. follows: the signed note of the last head before."""

    __tablename__ = "ledger_origin"

    origin: str = Field(primary_key=True)
    number: int = Field(unique=True)
    follows: str = Field(sa_type=Text)
    opened_at: int = Field(sa_type=BigInteger)


class LedgerLease(SQLModel, table=True):
    """Who sequences, where several nodes could: one row, held until `expires_at` unless renewed."""

    __tablename__ = "ledger_lease"

    name: str = Field(primary_key=True)
    holder: str
    expires_at: int = Field(sa_type=BigInteger)
