"""Tables of requests to people who are elsewhere. Times are microseconds; sealed values: keys/seal.py."""

from sqlalchemy import BigInteger, Index, LargeBinary, text
from sqlmodel import Field, SQLModel


class BackchannelRequest(SQLModel, table=True):
    """What an app asked of somebody; whether she answered is said by the polled request of the same id.

    hint_hash: keyed hash of the app and of whom it named. sealed: under the server's key whom it named, with
    its message, until that was looked up; then the message alone, under her own key; nothing for nobody.
    look_up_at: when to look up who is meant, null once that was done. sealed_ping: what a ping to the app
    says, and proves itself by. ping_at: from when on the app may be told that there is an answer; null when
    there is nothing to tell (any more). pings: attempts made.
    """

    __tablename__ = "backchannel_request"
    __table_args__ = (
        Index("backchannel_request_hint", "client_id", "hint_hash", "id"),
        Index(
            "backchannel_request_look_up",
            "look_up_at",
            sqlite_where=text("look_up_at IS NOT NULL"),
            postgresql_where=text("look_up_at IS NOT NULL"),
        ),
        Index(
            "backchannel_request_ping",
            "ping_at",
            sqlite_where=text("ping_at IS NOT NULL"),
            postgresql_where=text("ping_at IS NOT NULL"),
        ),
    )

    id: str = Field(primary_key=True)
    client_id: str
    hint_hash: bytes = Field(sa_type=LargeBinary)
    sealed: bytes = Field(sa_type=LargeBinary)
    look_up_at: int | None = Field(default=None, sa_type=BigInteger)
    sealed_ping: bytes | None = Field(default=None, sa_type=LargeBinary)
    ping_at: int | None = Field(default=None, sa_type=BigInteger)
    pings: int = 0


class BackchannelBlock(SQLModel, table=True):
    """A person wants no more requests from an app; the app is not told."""

    __tablename__ = "backchannel_block"

    person_id: str = Field(primary_key=True)
    client_id: str = Field(primary_key=True)
    blocked_at: int = Field(sa_type=BigInteger)
