"""What of a person's grants is paused or over, counted without walking the others."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

_INDEXES = (
    ("consent_grant_paused", ["person_id", "paused_at"], "paused_at IS NOT NULL"),
    ("consent_grant_ended", ["person_id"], "revoked_at IS NOT NULL"),
    ("consent_grant_lapsed", ["person_id", "expires_at"], "revoked_at IS NULL"),
)


def upgrade() -> None:
    for name, columns, those in _INDEXES:
        where = sa.text(those)
        op.create_index(name, "consent_grant", columns, sqlite_where=where, postgresql_where=where)
