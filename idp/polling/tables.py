"""Table of requests that are polled for. Times are microseconds."""

from sqlalchemy import BigInteger, LargeBinary
from sqlmodel import Field, SQLModel


class PolledRequest(SQLModel, table=True):
    """A request of an app that polls for its answer; it belongs to that app alone."""

    __tablename__ = "polled_request"

    id: str = Field(primary_key=True)  # the selector of what the app polls with
    kind: str  # see kinds.py
    client_id: str
    secret_hash: bytes = Field(sa_type=LargeBinary)  # keyed hash of the rest of it
    code_hash: bytes | None = Field(default=None, sa_type=LargeBinary, unique=True)  # of a short code to type
    account_id: str | None = Field(default=None, index=True)  # who is asked; None: whoever brings it
    request_json: str  # the frozen AuthorizeRequest
    interval: int = Field(sa_type=BigInteger)  # how long the app has to wait between two polls
    polled_at: int | None = Field(default=None, sa_type=BigInteger)  # when it last asked
    expires_at: int = Field(sa_type=BigInteger)
    pending_id: str | None = None  # the pending request as which one browser has it
    answered_at: int | None = Field(default=None, sa_type=BigInteger)
    line_id: str | None = None  # that an approval opened; answered without one, it was refused
