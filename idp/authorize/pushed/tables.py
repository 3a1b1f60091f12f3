"""Table of pushed requests. Times are microseconds."""

from sqlalchemy import BigInteger, LargeBinary
from sqlmodel import Field, SQLModel


class PushedRequest(SQLModel, table=True):
    """An authorization request that an app left here, checked already; it belongs to that app alone."""

    __tablename__ = "pushed_request"

    id: str = Field(primary_key=True)  # the selector of its request_uri
    client_id: str
    secret_hash: bytes = Field(sa_type=LargeBinary)  # keyed hash of the rest of it
    request_json: str  # the frozen AuthorizeRequest
    expires_at: int = Field(sa_type=BigInteger)  # until when a browser may bring it
    used_at: int | None = Field(default=None, sa_type=BigInteger)  # when it was answered
