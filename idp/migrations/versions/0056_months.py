"""What each month of each class of the log holds; all figures are made again, so that it is counted."""

import sqlalchemy as sa
from alembic import op

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ledger_month",
        sa.Column("log", sa.String(), nullable=False),
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("events", sa.BigInteger(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("grant_id", sa.String(), nullable=True),
        sa.Column("looked_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("log", "month"),
    )
    for table, condition in (
        ("ledger_day", "1 = 1"),
        ("ledger_flag", "1 = 1"),
        ("fold_cursor", "name = 'figures'"),
    ):
        op.execute(f"DELETE FROM {table} WHERE {condition}")  # noqa: S608  # ours
