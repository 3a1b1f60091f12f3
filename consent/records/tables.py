"""Tables of the records: rows are inserted, signed once, and deleted when their person is erased."""

from sqlalchemy import BigInteger, Index, LargeBinary, text
from sqlmodel import Field, SQLModel


class ConsentRecord(SQLModel, table=True):
    """One record with its signed receipt: a question, an answer, a change, an end.

    event_id: the ledger's event that carries the record's hash; in time order. person_id: null once she was
    erased. grant_id, revision: null where no grant came of it. state: `event_state` of TS 27560.
    notice_version, notice_sha256: the page that it refers to (see notices.py), null where none was kept.
    packed: the receipt (see packing.py). unsigned_since: when it was made, for as long as it lacks its
    signature (see waiting.py); microseconds.
    """

    __tablename__ = "consent_record"
    __table_args__ = (
        Index("consent_record_person", "person_id", "event_id"),
        Index("consent_record_grant", "grant_id", "event_id"),
        Index(
            "consent_record_unsigned",
            "event_id",
            sqlite_where=text("unsigned_since IS NOT NULL"),
            postgresql_where=text("unsigned_since IS NOT NULL"),
        ),
    )

    event_id: str = Field(primary_key=True)
    person_id: str | None
    client_id: str
    grant_id: str | None
    revision: int | None
    state: str
    notice_version: str | None
    notice_sha256: str | None
    packed: bytes = Field(sa_type=LargeBinary)
    unsigned_since: int | None = Field(default=None, sa_type=BigInteger)


class NoticeVersion(SQLModel, table=True):
    """A notice without anybody's values, once for all who were shown it.

    version: SHA-256 of the text, in hexadecimal. language: BCP 47. packed: the text, compressed (zlib).
    kept_at: when it was first shown, microseconds.
    """

    __tablename__ = "notice_version"

    version: str = Field(primary_key=True)
    client_id: str
    language: str
    page_version: str
    packed: bytes = Field(sa_type=LargeBinary)
    kept_at: int = Field(sa_type=BigInteger)


class NoticeShown(SQLModel, table=True):
    """What one person was shown: how her page differs from its version, sealed under her data key.

    notice_sha256: of the text as rendered for her. With the version and her key, it comes back bit for bit.
    """

    __tablename__ = "notice_shown"

    person_id: str = Field(primary_key=True)
    notice_sha256: str = Field(primary_key=True)
    version: str
    sealed: bytes = Field(sa_type=LargeBinary)
