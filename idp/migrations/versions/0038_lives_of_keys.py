"""Where a signing key's private part is kept, and when and why a key was revoked."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("signing_key", sa.Column("backend", sa.String(), nullable=False, server_default="file"))
    op.add_column("signing_key", sa.Column("revoked_at", sa.BigInteger(), nullable=True))
    op.add_column("signing_key", sa.Column("revoked_for", sa.String(), nullable=True))
