"""Tables of the client registry. Times are microseconds."""

from sqlalchemy import BigInteger, LargeBinary
from sqlmodel import Field, SQLModel


class Client(SQLModel, table=True):
    """An app. What the hot path compares has columns; the rest is one JSON document (see registry.py)."""

    __tablename__ = "client"

    id: str = Field(primary_key=True)
    secret_hash: bytes | None = Field(default=None, sa_type=LargeBinary)  # keyed hash; None: no secret
    owner_id: str | None = Field(default=None, index=True)  # the partner's account, when it has one
    metadata_json: str
    created_at: int = Field(sa_type=BigInteger)
    suspended_at: int | None = Field(default=None, sa_type=BigInteger)


class ClientAssertion(SQLModel, table=True):
    """A client assertion that was used (RFC 7523 section 3): its `jti`, until it expires."""

    __tablename__ = "client_assertion"

    client_id: str = Field(primary_key=True)
    jti_hash: bytes = Field(primary_key=True, sa_type=LargeBinary)
    expires_at: int = Field(sa_type=BigInteger, index=True)
