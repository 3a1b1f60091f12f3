"""Tables of the consent room. Times are microseconds; sealed values are described in keys/seal.py."""

from sqlalchemy import BigInteger, Index, LargeBinary, text
from sqlmodel import Field, SQLModel


class ProfileDataset(SQLModel, table=True):
    """One dataset of one person: the JSON list of its items, sealed under her data key.

    The seal is bound to person, dataset and revision, so that an older row put back does not open.
    """

    __tablename__ = "profile_dataset"

    person_id: str = Field(primary_key=True)
    dataset: str = Field(primary_key=True)
    revision: int
    sealed: bytes = Field(sa_type=LargeBinary)
    updated_at: int = Field(sa_type=BigInteger)


class Grant(SQLModel, table=True):
    """What a person lets one app read: its state now. At most one lives for a person and an app.

    It lives while `revoked_at` is null and `expires_at` is ahead; what ended never lives again, a later
    acceptance makes another grant. It opens something while it lives and `paused_at` is null; a pause does
    not move its term. Every change raises `revision`, a withdrawal too.

    person_id: null once she was erased. subject: what the app knows her by. fetch_type: "once" or
    "periodic". choice_json: consent/choices.py. terms_json: what she agreed to; answered_json: what she
    answered last, yes or no (consent/requests.py). redeemed_at: when a "once" was used.
    revoked_at: when it was ended; end_reason: "withdrawn", "returned" (by its app), "expired" (found
    past its term: it ended at `expires_at`) or "erased". paused_at: since when it is paused; pause_reason:
    "person", "unused" or "reconfirmation".
    """

    __tablename__ = "consent_grant"
    __table_args__ = (
        Index(
            "consent_grant_living",
            "person_id",
            "client_id",
            unique=True,
            sqlite_where=text("revoked_at IS NULL"),
            postgresql_where=text("revoked_at IS NULL"),
        ),
        Index("consent_grant_person", "person_id", "id"),
        Index("consent_grant_app", "client_id", "person_id", "id"),
        # A dashboard's pages and counts go by what is open, active, paused and ended, whatever else there is.
        Index(
            "consent_grant_open",
            "person_id",
            "id",
            sqlite_where=text("revoked_at IS NULL"),
            postgresql_where=text("revoked_at IS NULL"),
        ),
        Index(
            "consent_grant_active",
            "person_id",
            "expires_at",
            sqlite_where=text("revoked_at IS NULL AND paused_at IS NULL"),
            postgresql_where=text("revoked_at IS NULL AND paused_at IS NULL"),
        ),
        Index(
            "consent_grant_paused",
            "person_id",
            "expires_at",
            sqlite_where=text("revoked_at IS NULL AND paused_at IS NOT NULL"),
            postgresql_where=text("revoked_at IS NULL AND paused_at IS NOT NULL"),
        ),
        Index(
            "consent_grant_ended",
            "person_id",
            "id",
            sqlite_where=text("revoked_at IS NOT NULL"),
            postgresql_where=text("revoked_at IS NOT NULL"),
        ),
        # Whom an app knows by a name that it was given.
        Index(
            "consent_grant_subject",
            "client_id",
            "subject",
            sqlite_where=text("revoked_at IS NULL"),
            postgresql_where=text("revoked_at IS NULL"),
        ),
        Index(
            "consent_grant_term",
            "expires_at",
            "id",
            sqlite_where=text("revoked_at IS NULL"),
            postgresql_where=text("revoked_at IS NULL"),
        ),
    )

    id: str = Field(primary_key=True)
    person_id: str | None
    client_id: str
    subject: str
    revision: int
    fetch_type: str
    choice_json: str
    terms_json: str
    answered_json: str
    granted_at: int = Field(sa_type=BigInteger)
    expires_at: int = Field(sa_type=BigInteger)
    redeemed_at: int | None = Field(default=None, sa_type=BigInteger)
    revoked_at: int | None = Field(default=None, sa_type=BigInteger)
    end_reason: str | None = None
    paused_at: int | None = Field(default=None, sa_type=BigInteger)
    pause_reason: str | None = None


class ReadCount(SQLModel, table=True):
    """How often one dataset was read lately under a grant that limits it.

    marks: when, packed (consent/pace.py), for as long as the promise's window. last_at: the newest of them.
    told_at: when the ledger was last told of a read that was not let through.
    """

    __tablename__ = "read_count"

    grant_id: str = Field(primary_key=True)
    dataset: str = Field(primary_key=True)
    marks: bytes = Field(sa_type=LargeBinary)
    last_at: int = Field(sa_type=BigInteger, index=True)
    told_at: int | None = Field(default=None, sa_type=BigInteger)


class GrantRevision(SQLModel, table=True):
    """One state a grant had, append-only: what was decided, its event in the ledger and its record.

    kind: "given", "amended", "paused", "resumed", "revoked" or "expired". decided_at: when it began to hold,
    for a term too.
    """

    __tablename__ = "grant_revision"

    grant_id: str = Field(primary_key=True)
    revision: int = Field(primary_key=True)
    kind: str
    decided_at: int = Field(sa_type=BigInteger)
    choice_json: str
    terms_json: str
    event_id: str
    leaf_hash: bytes = Field(sa_type=LargeBinary)
