"""Who made an initial access token, and for how many apps."""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("registration_token", sa.Column("made_by", sa.String(), nullable=True))
    op.add_column(
        "registration_token", sa.Column("uses", sa.BigInteger(), nullable=False, server_default="0")
    )
    op.execute(
        "UPDATE registration_token SET uses = uses_left + (SELECT count(*) FROM client_registration"
        " WHERE client_registration.token_id = registration_token.id)"
    )
