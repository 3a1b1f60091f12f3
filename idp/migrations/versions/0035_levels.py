"""How sure the sign-in behind a line was, where its app asked."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("line", sa.Column("acr", sa.String(), nullable=True))
