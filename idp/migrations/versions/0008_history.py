"""Summaries of what happened under each grant, and how far they have come."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "history_day",
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("grant_id", sa.String(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("times", sa.BigInteger(), nullable=False),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.Column("last_event", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "day", "grant_id", "line"),
        sqlite_with_rowid=False,
    )
    op.create_index("history_day_grant", "history_day", ["grant_id", "day"])
    op.create_table(
        "read_total",
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("grant_id", sa.String(), nullable=False),
        sa.Column("dataset", sa.String(), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("reads", sa.BigInteger(), nullable=False),
        sa.Column("first_at", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "grant_id", "dataset", "fields"),
        sqlite_with_rowid=False,
    )
    op.create_index("read_total_dataset", "read_total", ["person_id", "dataset", "last_at", "grant_id"])
    op.create_table(
        "fold_cursor",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
