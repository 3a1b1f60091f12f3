"""How much less than its grant a line or a token opens (RFC 9396)."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("line", sa.Column("details", sa.String(), nullable=True))
    op.add_column("access_token", sa.Column("details", sa.String(), nullable=True))
