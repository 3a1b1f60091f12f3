"""A child's word for a parent's address is sealed alone: no hash stands beside, to try addresses against."""

import sqlalchemy as sa
from alembic import op

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(sa.text("PRAGMA main.secure_delete=ON"))
    with op.batch_alter_table("parental_agreement") as agreement:
        agreement.drop_column("parent_digest")
    op.create_index("ix_parental_agreement_open", "parental_agreement", ["state", "expires_at"])
