"""Entries of the ledger stand on shelves: filing one by person and grant changes the newest shelf alone."""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

_FILED = (("ix_ledger_entry_person", "person"), ("ix_ledger_entry_grant", "grant_id"))


def upgrade() -> None:
    for name, _ in _FILED:
        op.drop_index(name, table_name="ledger_entry")
    op.add_column("ledger_entry", sa.Column("shelf", sa.Integer(), nullable=False, server_default="0"))
    op.execute("UPDATE ledger_entry SET shelf = position / 4096")
    for name, column in _FILED:
        op.create_index(name, "ledger_entry", ["shelf", column, "event_id"])
    op.create_table(
        "ledger_shelf",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("low_id", sa.String(), nullable=False),
        sa.Column("high_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("ix_ledger_shelf_low_id", "ledger_shelf", ["low_id"])
    op.execute(
        "INSERT INTO ledger_shelf (number, low_id, high_id) "
        "SELECT shelf, min(event_id), max(event_id) FROM ledger_entry GROUP BY shelf"
    )
