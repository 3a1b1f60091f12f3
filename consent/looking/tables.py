"""Tables of the console's further pages. Days are counted as in consent/mirror/entries.py."""

from sqlalchemy import BigInteger, LargeBinary
from sqlmodel import Field, SQLModel


class SavedView(SQLModel, table=True):
    """A search that an auditor keeps. sealed: its name and what was typed, under her own data key."""

    __tablename__ = "saved_view"

    id: str = Field(primary_key=True)
    owner_id: str = Field(index=True)
    sealed: bytes = Field(sa_type=LargeBinary)


class LedgerDay(SQLModel, table=True):
    """How often something happened on a day; derived from the log.

    client: "" where no app is in it. detail: the dataset of a read, how long a withdrawn grant had lived,
    else "".
    """

    __tablename__ = "ledger_day"

    event: str = Field(primary_key=True)
    day: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    outcome: str = Field(primary_key=True)
    client: str = Field(primary_key=True)
    detail: str = Field(primary_key=True)
    times: int = Field(sa_type=BigInteger)


class LedgerMonth(SQLModel, table=True):
    """What a class of the log still holds of a calendar month ("2026-11", UTC); derived from the log.

    events: without those that account for others. bytes: of leaves and payloads. grant_id: of the grants in
    it, the one that ended last when it was looked at; looked_at: null when it was not, or grew since.
    """

    __tablename__ = "ledger_month"

    log: str = Field(primary_key=True)
    month: str = Field(primary_key=True)
    events: int = Field(sa_type=BigInteger)
    bytes: int = Field(sa_type=BigInteger)
    grant_id: str | None = None
    looked_at: int | None = Field(default=None, sa_type=BigInteger)


class LedgerFlag(SQLModel, table=True):
    """An event that must not be. kind: "read_after_end"."""

    __tablename__ = "ledger_flag"

    event_id: str = Field(primary_key=True)
    kind: str
