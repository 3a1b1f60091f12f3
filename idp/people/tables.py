"""Tables of the people room. Times are microseconds; secrets are keyed hashes; what is personal is sealed.

Every id is time-ordered, so that a purge by age cuts a range of the primary key (see purge.py).
"""

from sqlalchemy import BigInteger, LargeBinary
from sqlmodel import Field, SQLModel


class Account(SQLModel, table=True):
    """Someone who can sign in. The id is also the person's id in every other room."""

    __tablename__ = "account"

    id: str = Field(primary_key=True)
    sealed_email: bytes = Field(sa_type=LargeBinary)  # as she wrote it, under her own data key
    role: str  # person, partner, auditor, administrator
    password_hash: str  # argon2id, PHC string
    locale: str
    created_at: int = Field(sa_type=BigInteger)
    email_verified_at: int | None = Field(default=None, sa_type=BigInteger)
    locked_at: int | None = Field(default=None, sa_type=BigInteger)
    sealed_age: bytes | None = Field(default=None, sa_type=LargeBinary)  # until 15: the day she turns it


class AccountAddress(SQLModel, table=True):
    """Which account an address leads to, by its keyed hash: the server's secret tries addresses on it.

    So it stands with people's keys, and no backup that outlives those leads from an address to her.
    """

    __tablename__ = "account_address"
    __table_args__ = ({"schema": "people_keys"},)

    digest: bytes = Field(primary_key=True, sa_type=LargeBinary)
    account_id: str = Field(unique=True)


class Session(SQLModel, table=True):
    """A browser in which someone is signed in. One where nobody is has no row: see cookies.py."""

    __tablename__ = "session"

    id: str = Field(primary_key=True)
    root: str | None = None  # of those that she renewed by signing in again, the first; None: this one
    secret_hash: bytes = Field(sa_type=LargeBinary)
    account_id: str = Field(index=True)
    amr: str  # how she proved who she is: RFC 8176 values, space-separated
    auth_time: int = Field(sa_type=BigInteger)
    created_at: int = Field(sa_type=BigInteger)
    last_seen_at: int = Field(sa_type=BigInteger)
    expires_at: int = Field(sa_type=BigInteger)  # whatever she does
    sealed_agent: bytes = Field(sa_type=LargeBinary)  # "Firefox – Android", under her own data key


class EmailToken(SQLModel, table=True):
    """A link sent by e-mail that works once. Using it deletes the row."""

    __tablename__ = "email_token"

    id: str = Field(primary_key=True)
    secret_hash: bytes = Field(sa_type=LargeBinary)
    purpose: str  # register, reset
    account_id: str | None = Field(default=None, index=True)  # None: nobody yet (register)
    sealed: bytes = Field(sa_type=LargeBinary)  # what the link carries on (see tokens.py)
    expires_at: int = Field(sa_type=BigInteger)


class OutboxMail(SQLModel, table=True):
    """An e-mail to send, or sent. Written in the transaction of what it tells of."""

    __tablename__ = "outbox_mail"

    id: str = Field(primary_key=True)
    account_id: str | None = Field(default=None, index=True)  # whose key seals it; None: the server's
    template: str
    locale: str
    sealed: bytes = Field(sa_type=LargeBinary)  # recipient and what the text needs
    state: str  # queued, sent, failed, shown
    attempts: int
    next_attempt_at: int | None = Field(default=None, sa_type=BigInteger, index=True)  # None: nothing to do


class ThrottleCounter(SQLModel, table=True):
    """How often something was tried in one window of time. The id starts with the window (throttle.py)."""

    __tablename__ = "throttle_counter"

    id: str = Field(primary_key=True)
    count: int = Field(sa_type=BigInteger)
