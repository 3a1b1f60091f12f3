"""The authorizations of an app in the order of their holders: who a breach affects is walked along them."""

from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("consent_grant_app", "consent_grant", ["client_id", "person_id", "id"])
