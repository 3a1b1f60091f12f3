"""How long refresh tokens last, and tokens on behalf of other apps."""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("line", sa.Column("refresh_until", sa.BigInteger(), nullable=True))
    op.add_column("line", sa.Column("behalf", sa.Integer(), nullable=True))
    op.create_table(
        "delegation",
        sa.Column("line_id", sa.String(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("of_line_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("line_id", "place"),
    )
