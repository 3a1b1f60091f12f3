"""Table of the minors' room. Times are microseconds; what names or describes anybody is sealed."""

from sqlalchemy import BigInteger, Index, LargeBinary
from sqlmodel import Field, SQLModel


class ParentalAgreement(SQLModel, table=True):
    """What a child chose to share with one app, and what a parent said of it.

    person_id: the child. state: "drafted" (no parent named yet), "asked", "agreed", "refused" (by the
    parent), "used" (the child's consent was recorded by it), "ended" (by the parent, with the grant).
    parent_id: the account that answered.
    question, choice: hashes of what was asked and of what was chosen, so that nothing else can be agreed to.
    sealed: the app's request, the child's ticks and address, that of the parent until the parent answered,
    under the child's data key: nothing here leads from an address to the child, or to the parent.
    expires_at: until when it can be answered, then used.
    """

    __tablename__ = "parental_agreement"
    __table_args__ = (Index("ix_parental_agreement_open", "state", "expires_at"),)

    id: str = Field(primary_key=True)
    person_id: str = Field(index=True)
    client_id: str
    state: str
    parent_id: str | None = Field(default=None, index=True)
    question: str
    choice: str
    sealed: bytes = Field(sa_type=LargeBinary)
    drafted_at: int = Field(sa_type=BigInteger)
    expires_at: int = Field(sa_type=BigInteger)
    decided_at: int | None = Field(default=None, sa_type=BigInteger)
    grant_id: str | None = None
