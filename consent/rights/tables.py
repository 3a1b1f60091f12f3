"""Tables of the rights room. Times are microseconds; sealed values are described in keys/seal.py."""

from sqlalchemy import BigInteger, LargeBinary
from sqlmodel import Field, SQLModel


class Evidence(SQLModel, table=True):
    """What proves one past consent of someone erased, sealed under a key of its own (keys/evidence.py).

    One row a grant and nothing that tells whose: two grants of one person have nothing to compare.
    """

    __tablename__ = "evidence"

    grant_id: str = Field(primary_key=True)
    sealed: bytes = Field(sa_type=LargeBinary)


class Erasure(SQLModel, table=True):
    """An erasure that took place. id: of its event in the ledger.

    person_id: until `settled_at`, when what a request under way may have left was swept away; then null.
    """

    __tablename__ = "erasure"

    id: str = Field(primary_key=True)
    person_id: str | None
    erased_at: int = Field(sa_type=BigInteger)
    settled_at: int | None = Field(default=None, sa_type=BigInteger)


class ImportDraft(SQLModel, table=True):
    """A file that she uploaded and is looking at: sealed under her data key, purged after a day."""

    __tablename__ = "import_draft"

    id: str = Field(primary_key=True)
    person_id: str = Field(index=True)
    sealed: bytes = Field(sa_type=LargeBinary)
