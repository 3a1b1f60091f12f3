"""Requests to people who are elsewhere (CIBA), whom they want to hear no more of, and who a sub is."""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "backchannel_request",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("hint_hash", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("look_up_at", sa.BigInteger(), nullable=True),
        sa.Column("sealed_ping", sa.LargeBinary(), nullable=True),
        sa.Column("ping_at", sa.BigInteger(), nullable=True),
        sa.Column("pings", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("backchannel_request_hint", "backchannel_request", ["client_id", "hint_hash", "id"])
    _index("backchannel_request_look_up", "backchannel_request", ["look_up_at"], "look_up_at IS NOT NULL")
    _index("backchannel_request_ping", "backchannel_request", ["ping_at"], "ping_at IS NOT NULL")
    op.create_table(
        "backchannel_block",
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("blocked_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "client_id"),
    )
    _index("consent_grant_subject", "consent_grant", ["client_id", "subject"], "revoked_at IS NULL")


def _index(name: str, table: str, columns: list[str], those: str) -> None:
    where = sa.text(those)
    op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)
