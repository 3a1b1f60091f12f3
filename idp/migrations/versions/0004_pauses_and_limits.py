"""Grants that rest, and how often a dataset was read under those that limit it."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("consent_grant", sa.Column("paused_at", sa.BigInteger(), nullable=True))
    op.add_column("consent_grant", sa.Column("pause_reason", sa.String(), nullable=True))
    op.create_table(
        "read_count",
        sa.Column("grant_id", sa.String(), nullable=False),
        sa.Column("dataset", sa.String(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("reads", sa.Integer(), nullable=False),
        sa.Column("told_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("grant_id", "dataset"),
    )
