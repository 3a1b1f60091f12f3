"""A dashboard's pages and counts go by an index of each state, without a look at the grants themselves."""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

_FORMER = ("consent_grant_paused", "consent_grant_ended", "consent_grant_lapsed")
_INDEXES = (
    ("consent_grant_open", ["person_id", "id"], "revoked_at IS NULL"),
    ("consent_grant_active", ["person_id", "expires_at"], "revoked_at IS NULL AND paused_at IS NULL"),
    ("consent_grant_paused", ["person_id", "expires_at"], "revoked_at IS NULL AND paused_at IS NOT NULL"),
    ("consent_grant_ended", ["person_id", "id"], "revoked_at IS NOT NULL"),
)


def upgrade() -> None:
    for name in _FORMER:
        op.drop_index(name, "consent_grant")
    for name, columns, those in _INDEXES:
        where = sa.text(those)
        op.create_index(name, "consent_grant", columns, sqlite_where=where, postgresql_where=where)
