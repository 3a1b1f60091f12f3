"""Consent records, each with its receipt; notices kept once per version, and what each person was shown."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_BATCH = 500
_STATES = {
    "given": "given",
    "amended": "amended",
    "paused": "paused",
    "resumed": "reconfirmed",
    "revoked": "withdrawn",
    "expired": "expired",
}
_PLAIN = b"\x00"  # the mark of a receipt stored as it is (consent/records/packing.py)
_OLD = sa.text(
    "SELECT r.event_id, g.person_id, g.client_id, r.grant_id, r.revision, r.kind, r.receipt"
    " FROM grant_revision r JOIN consent_grant g ON g.id = r.grant_id"
    " WHERE r.event_id > :after ORDER BY r.event_id LIMIT :most"
)


def upgrade() -> None:
    records = op.create_table(
        "consent_record",
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=True),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("grant_id", sa.String(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("notice_version", sa.String(), nullable=True),
        sa.Column("notice_sha256", sa.String(), nullable=True),
        sa.Column("packed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("event_id"),
    )
    op.create_index("consent_record_person", "consent_record", ["person_id", "event_id"], unique=False)
    op.create_index("consent_record_grant", "consent_record", ["grant_id", "event_id"], unique=False)
    _notices()
    _take_over(records)
    op.drop_column("grant_revision", "receipt")


def _notices() -> None:
    op.create_table(
        "notice_version",
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("page_version", sa.String(), nullable=False),
        sa.Column("packed", sa.LargeBinary(), nullable=False),
        sa.Column("kept_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("version"),
    )
    op.create_table(
        "notice_shown",
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("notice_sha256", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "notice_sha256"),
    )


def _take_over(records: sa.Table) -> None:
    """The receipts of before stay as they were signed; the pages they refer to were not kept."""
    connection, after = op.get_bind(), ""
    while rows := connection.execute(_OLD, {"after": after, "most": _BATCH}).all():
        op.bulk_insert(records, [_record(row) for row in rows])
        after = rows[-1].event_id


def _record(row: sa.Row[Any]) -> dict[str, object]:
    event_id, person_id, client_id, grant_id, revision, kind, receipt = tuple(row)
    return {
        "event_id": event_id,
        "person_id": person_id,
        "client_id": client_id,
        "grant_id": grant_id,
        "revision": revision,
        "state": _STATES[kind],
        "notice_version": None,
        "notice_sha256": None,
        "packed": _PLAIN + receipt.encode(),
    }
