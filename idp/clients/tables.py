"""Tables of the client registry. Times are microseconds."""

from sqlalchemy import BigInteger, Index, LargeBinary, text
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


class ClientDeclaration(SQLModel, table=True):
    """A version of what an app says of what it asks (declaration.py); at most one waits, one holds.

    state: "submitted", "approved", "refused", "withdrawn" (by its partner) or "superseded" (by a later one,
    that was approved, or sent before this one was decided). submitted_by, decided_by: account ids; None for
    the operator. reason: why it was refused, for the partner. decided_at: when it left "submitted".
    """

    __tablename__ = "client_declaration"
    __table_args__ = (
        Index(
            "client_declaration_waiting",
            "client_id",
            unique=True,
            sqlite_where=text("state = 'submitted'"),
            postgresql_where=text("state = 'submitted'"),
        ),
        Index(
            "client_declaration_holding",
            "client_id",
            unique=True,
            sqlite_where=text("state = 'approved'"),
            postgresql_where=text("state = 'approved'"),
        ),
    )

    client_id: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    state: str
    declared_json: str
    submitted_at: int = Field(sa_type=BigInteger)
    submitted_by: str | None = None
    decided_at: int | None = Field(default=None, sa_type=BigInteger)
    decided_by: str | None = None
    reason: str = ""
