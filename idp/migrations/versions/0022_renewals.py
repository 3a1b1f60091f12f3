"""Which sign-ins end the older refresh tokens of their grant (Grant Management, draft 03)."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("line", sa.Column("renews", sa.String(), nullable=True))
