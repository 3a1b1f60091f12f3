"""Tables of the authorization endpoint. Times are microseconds."""

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel


class PendingRequest(SQLModel, table=True):
    """An authorization request under way: it survives sign-in, expires, and belongs to one session."""

    __tablename__ = "pending_request"

    id: str = Field(primary_key=True)
    session_id: str
    client_id: str
    request_json: str  # the frozen AuthorizeRequest
    created_at: int = Field(sa_type=BigInteger)
    expires_at: int = Field(sa_type=BigInteger)
    asked_at: int | None = Field(default=None, sa_type=BigInteger)  # when the person was first shown it
    decided_at: int | None = Field(default=None, sa_type=BigInteger)
