"""Of the outcomes of ledger entries, those that nearly all have leave the index."""

import sqlalchemy as sa
from alembic import op

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None

_NAME = "ix_ledger_entry_outcome"


def upgrade() -> None:
    told = sa.text("outcome <> 'success'")
    op.drop_index(_NAME, table_name="ledger_entry")
    op.create_index(_NAME, "ledger_entry", ["outcome", "event_id"], sqlite_where=told, postgresql_where=told)
