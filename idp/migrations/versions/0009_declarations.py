"""The versions of what apps declare of what they ask."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "client_declaration",
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("declared_json", sa.String(), nullable=False),
        sa.Column("submitted_at", sa.BigInteger(), nullable=False),
        sa.Column("submitted_by", sa.String(), nullable=True),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("client_id", "version"),
    )
    for name, state in (("waiting", "submitted"), ("holding", "approved")):
        only = sa.text(f"state = '{state}'")
        op.create_index(
            f"client_declaration_{name}",
            "client_declaration",
            ["client_id"],
            unique=True,
            sqlite_where=only,
            postgresql_where=only,
        )
