"""When an event was last told again, and the events of an app in order."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("signal", sa.Column("replayed_at", sa.BigInteger(), nullable=True))
    op.create_index("signal_by_app", "signal", ["client_id", "id"])
