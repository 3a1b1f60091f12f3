"""The table of disputes. Times are microseconds."""

from sqlalchemy import BigInteger, Index, LargeBinary, text
from sqlmodel import Field, SQLModel


class Dispute(SQLModel, table=True):
    """An access that a person does not recognise; one is open about an event at most.

    code: short, to be read aloud. event_id, about_at: what she doubts, and when it took place. state: "open",
    "answered" or "closed". action: what she did at once: "none", "paused" or "withdrawn". outcome: of
    life.py, once answered. sealed_note, sealed_answer: her words and the answer, under her own key.
    """

    __tablename__ = "dispute"
    __table_args__ = (
        Index("dispute_person", "person_id", "id"),
        Index("dispute_state", "state", "id"),
        Index(
            "dispute_open",
            "grant_id",
            "event_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
    )

    id: str = Field(primary_key=True)
    code: str = Field(unique=True)
    person_id: str
    grant_id: str
    client_id: str
    event_id: str
    about_at: int = Field(sa_type=BigInteger)
    state: str
    action: str
    outcome: str | None = None
    opened_at: int = Field(sa_type=BigInteger)
    changed_at: int = Field(sa_type=BigInteger)
    sealed_note: bytes | None = Field(default=None, sa_type=LargeBinary)
    sealed_answer: bytes | None = Field(default=None, sa_type=LargeBinary)
