"""Tables of what partners are told. Times are microseconds; sealed values are described in keys/seal.py."""

from sqlalchemy import BigInteger, Index, LargeBinary, text
from sqlmodel import Field, SQLModel

EVENTS, LOGOUT = "events", "logout"  # the channels: what is told of grants, and of sessions that ended

_OWED = text("erase_by IS NOT NULL AND attested_at IS NULL")
_WAITING = text("next_attempt_at IS NOT NULL")


class SignalStream(SQLModel, table=True):
    """How one app is told by one channel. An app without a row polls for events, and has no logouts to send.

    channel: see `Signal`; logouts are always pushed, to the address that the app registered.
    delivery: "push" or "poll". push_url: where to post. sealed_authorization: what its Authorization header
    says, under the server's key. failures: attempts in a row that reached nobody; open_until: nothing is
    tried before. leased_until: a node is at work for this app (holder: which).
    """

    __tablename__ = "signal_stream"

    client_id: str = Field(primary_key=True)
    channel: str = Field(primary_key=True)
    delivery: str
    push_url: str | None = None
    sealed_authorization: bytes | None = Field(default=None, sa_type=LargeBinary)
    changed_at: int = Field(sa_type=BigInteger)
    failures: int = 0
    open_until: int = Field(default=0, sa_type=BigInteger)
    leased_until: int = Field(default=0, sa_type=BigInteger)
    holder: str = ""
    reached_at: int | None = Field(default=None, sa_type=BigInteger)
    failed_at: int | None = Field(default=None, sa_type=BigInteger)
    failure: str | None = None  # a code: of foundation/outbound, or "status_503"


class Signal(SQLModel, table=True):
    """One event to tell one app of: an entry of the outbox, and later the proof of what came of it.

    channel: "events" of grants, or "logout" (idp/logout): its detail names the grant, its grant_id is "".
    id: the token's `jti`. event: its name (kinds.py). detail_json: what it says beside the grant. event_id:
    the ledger's record of the change. sealed_subject: what the app knows the person by, under the server's
    key, so that it outlives her own keys; gone once the app acknowledged, or gave up being told.
    state: "queued", "acknowledged", "refused" (the app says it cannot take it) or "given_up" (too old).
    next_attempt_at: when to push next; null when there is nothing to push. replayed_at: when it was last
    queued again for someone who is still here; of someone erased, nothing is kept longer by a replay.
    erase_by: by when the app was asked to have erased; attested_at: when it said so, erased_at: of when.
    """

    __tablename__ = "signal"
    __table_args__ = (
        Index("signal_of_app", "client_id", "state", "id"),
        Index("signal_by_app", "client_id", "id"),
        Index("signal_of_grant", "grant_id", "id"),
        Index(
            "signal_due",
            "client_id",
            "channel",
            "next_attempt_at",
            sqlite_where=_WAITING,
            postgresql_where=_WAITING,
        ),
        Index("signal_owed", "client_id", "erase_by", sqlite_where=_OWED, postgresql_where=_OWED),
        Index(
            "signal_subject",
            "id",
            sqlite_where=text("sealed_subject IS NOT NULL"),
            postgresql_where=text("sealed_subject IS NOT NULL"),
        ),
    )

    id: str = Field(primary_key=True)
    client_id: str
    channel: str = EVENTS
    grant_id: str
    revision: int
    event: str
    detail_json: str
    occurred_at: int = Field(sa_type=BigInteger)
    event_id: str
    sealed_subject: bytes | None = Field(default=None, sa_type=LargeBinary)
    state: str
    attempts: int = 0
    next_attempt_at: int | None = Field(default=None, sa_type=BigInteger)
    sent_at: int | None = Field(default=None, sa_type=BigInteger)
    acknowledged_at: int | None = Field(default=None, sa_type=BigInteger)
    error: str | None = None  # a code: the app's own (RFC 8935 section 2.4), or why it was not reached
    sealed_error_text: bytes | None = Field(
        default=None, sa_type=LargeBinary
    )  # its words, as it may say anything
    erase_by: int | None = Field(default=None, sa_type=BigInteger)
    attested_at: int | None = Field(default=None, sa_type=BigInteger)
    erased_at: int | None = Field(default=None, sa_type=BigInteger)
    sealed_statement: bytes | None = Field(default=None, sa_type=LargeBinary)
    replayed_at: int | None = Field(default=None, sa_type=BigInteger)
