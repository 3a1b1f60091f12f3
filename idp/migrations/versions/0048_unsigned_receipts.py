"""Which receipts wait for their signature: those of a key that a module has."""

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("consent_record", sa.Column("unsigned_since", sa.BigInteger(), nullable=True))
    where = sa.text("unsigned_since IS NOT NULL")
    op.create_index(
        "consent_record_unsigned", "consent_record", ["event_id"], sqlite_where=where, postgresql_where=where
    )
