"""Tables of the summaries. Times are microseconds, days are counted from 1970-01-01 (entries.py).

No value of a person's is in them: what happened, how often and when, under her grants, as the ledger says.
"""

from sqlalchemy import BigInteger, Index, Text
from sqlmodel import Field, SQLModel


class HistoryDay(SQLModel, table=True):
    """What happened under a grant on one day; what reads alike is one line.

    line: what is told together (`Entry.line`). times: how often. items: the most items that one of them let
    out. last_at, last_event: the newest of them.
    """

    __tablename__ = "history_day"
    __table_args__ = (Index("history_day_grant", "grant_id", "day"), {"sqlite_with_rowid": False})

    person_id: str = Field(primary_key=True)
    day: int = Field(primary_key=True)
    grant_id: str = Field(primary_key=True)
    line: str = Field(primary_key=True, sa_type=Text)
    times: int = Field(sa_type=BigInteger)
    items: int
    last_at: int = Field(sa_type=BigInteger)
    last_event: str


class ReadTotal(SQLModel, table=True):
    """How often a dataset was read, with which fields, since when; by one grant, or by all of hers together.

    grant_id: or ALL of entries.py. fields: space-separated, as the read told them.
    """

    __tablename__ = "read_total"
    __table_args__ = (
        Index("read_total_dataset", "person_id", "dataset", "last_at", "grant_id"),
        {"sqlite_with_rowid": False},
    )

    person_id: str = Field(primary_key=True)
    grant_id: str = Field(primary_key=True)
    dataset: str = Field(primary_key=True)
    fields: str = Field(primary_key=True, sa_type=Text)
    reads: int = Field(sa_type=BigInteger)
    first_at: int = Field(sa_type=BigInteger)
    last_at: int = Field(sa_type=BigInteger)


class FoldCursor(SQLModel, table=True):
    """How far a projection of the ledger has come: every entry below `position` is in it, none above."""

    __tablename__ = "fold_cursor"

    name: str = Field(primary_key=True)
    position: int = Field(sa_type=BigInteger)


class GrantCare(SQLModel, table=True):
    """When a living grant is to be looked at again, and what its holder was told about it.

    since: when it was given, resumed or widened last. due_at: when something may be due. suggested: the
    scopes that she was told nobody uses, space-separated. term_told: the end that she was reminded of.
    """

    __tablename__ = "grant_care"

    grant_id: str = Field(primary_key=True)
    person_id: str = Field(index=True)
    since: int = Field(sa_type=BigInteger)
    due_at: int = Field(sa_type=BigInteger, index=True)
    suggested: str = Field(sa_type=Text)
    term_told: int | None = Field(default=None, sa_type=BigInteger)


class PersonCare(SQLModel, table=True):
    """When a person was last reminded of what she shares; muted_at: since when she wants no reminders."""

    __tablename__ = "person_care"

    person_id: str = Field(primary_key=True)
    reminded_at: int | None = Field(default=None, sa_type=BigInteger)
    muted_at: int | None = Field(default=None, sa_type=BigInteger)


class ConsentLetter(SQLModel, table=True):
    """An event that a person is to be told of by mail: written with the summaries, gone with the mail."""

    __tablename__ = "consent_letter"

    event_id: str = Field(primary_key=True)
    person_id: str = Field(index=True)
    grant_id: str
    revision: int
    template: str
