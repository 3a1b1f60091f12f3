"""Table of the unmasking room. Times are microseconds."""

from sqlalchemy import BigInteger, LargeBinary
from sqlmodel import Field, SQLModel


class UnmaskRequest(SQLModel, table=True):
    """A request to know whom a pseudonym stands for; life.py says what state it is in.

    asker_id, decider_id: accounts. event_id: an event in which the pseudonym stands. sealed: reason and case,
    under a key of the server. hours: how long it may be looked at once approved. quiet_days: how long the
    inquiry stays secret after that. person_id: who it is, from when she is found until she was told, or
    erased. walked_to: the last candidate of those tried. ended_at: when its end was recorded.
    tell_at: when the person is to be told; null before, and after.
    """

    __tablename__ = "unmask_request"

    id: str = Field(primary_key=True)
    asker_id: str = Field(index=True)
    pseudonym: str
    event_id: str
    sealed: bytes = Field(sa_type=LargeBinary)
    hours: int
    quiet_days: int
    decision: str | None = None  # approved, refused
    decider_id: str | None = None
    decided_at: int | None = Field(default=None, sa_type=BigInteger)
    expires_at: int = Field(
        sa_type=BigInteger, index=True
    )  # to be answered by; once approved, looked at until
    person_id: str | None = Field(default=None, index=True)
    walked_to: str = ""
    looks: int = 0
    looked_at: int | None = Field(default=None, sa_type=BigInteger)
    ended_at: int | None = Field(default=None, sa_type=BigInteger)
    tell_at: int | None = Field(default=None, sa_type=BigInteger, index=True)
