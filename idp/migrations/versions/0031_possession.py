"""Keys that codes, refresh tokens and access tokens are bound to, and the proofs that were used."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("line", sa.Column("dpop_jkt", sa.String(), nullable=True))
    op.add_column("access_token", sa.Column("cnf", sa.String(), nullable=True))
    op.create_table(
        "dpop_proof",
        sa.Column("use", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("use"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_dpop_proof_expires_at", "dpop_proof", ["expires_at"])
