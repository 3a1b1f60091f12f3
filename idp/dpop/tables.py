"""Tables of this room. Times are microseconds."""

from sqlalchemy import BigInteger, LargeBinary
from sqlmodel import Field, SQLModel


class DpopProof(SQLModel, table=True):
    """A proof that was used (RFC 9449 section 11.1): its `jti` under its key, until it is too old anyway."""

    __tablename__ = "dpop_proof"
    __table_args__ = {"sqlite_with_rowid": False}

    use: bytes = Field(primary_key=True, sa_type=LargeBinary)
    expires_at: int = Field(sa_type=BigInteger, index=True)
