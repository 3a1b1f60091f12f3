"""Which claims about the person an app asked to have in the ID token of a line."""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("line", sa.Column("id_claims", sa.String(), nullable=True))
