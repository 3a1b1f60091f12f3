"""Table of apps whose client_id is an address. Times are microseconds."""

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel


class ClientDocument(SQLModel, table=True):
    """What was pinned of the document behind an app's address."""

    __tablename__ = "client_document"

    client_id: str = Field(primary_key=True)  # the address
    digest: str  # SHA-256, in hexadecimal, of what the app was let in with
    changed: str | None = None  # what stands there now, where it is something else
    checked_at: int = Field(sa_type=BigInteger)  # when it was last seen
    fresh_until: int = Field(sa_type=BigInteger)  # until when it need not be looked at again
