"""What partners are told: how each wants to be, and the outbox."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0008"
branch_labels = None
depends_on = None

_WAITING = "next_attempt_at IS NOT NULL"
_OWED = "erase_by IS NOT NULL AND attested_at IS NULL"
_SEALED = "sealed_subject IS NOT NULL"


def upgrade() -> None:
    _streams()
    _outbox()


def _streams() -> None:
    op.create_table(
        "signal_stream",
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("delivery", sa.String(), nullable=False),
        sa.Column("push_url", sa.String(), nullable=True),
        sa.Column("sealed_authorization", sa.LargeBinary(), nullable=True),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("open_until", sa.BigInteger(), nullable=False),
        sa.Column("leased_until", sa.BigInteger(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("reached_at", sa.BigInteger(), nullable=True),
        sa.Column("failed_at", sa.BigInteger(), nullable=True),
        sa.Column("failure", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("client_id"),
    )


def _outbox() -> None:
    op.create_table(
        "signal",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("grant_id", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("detail_json", sa.String(), nullable=False),
        sa.Column("occurred_at", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("sealed_subject", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", sa.BigInteger(), nullable=True),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        sa.Column("acknowledged_at", sa.BigInteger(), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("sealed_error_text", sa.LargeBinary(), nullable=True),
        sa.Column("erase_by", sa.BigInteger(), nullable=True),
        sa.Column("attested_at", sa.BigInteger(), nullable=True),
        sa.Column("erased_at", sa.BigInteger(), nullable=True),
        sa.Column("sealed_statement", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("signal_of_app", "signal", ["client_id", "state", "id"])
    op.create_index("signal_of_grant", "signal", ["grant_id", "id"])
    for name, columns, where in (
        ("signal_due", ["client_id", "next_attempt_at"], _WAITING),
        ("signal_owed", ["client_id", "erase_by"], _OWED),
        ("signal_subject", ["id"], _SEALED),
    ):
        op.create_index(name, "signal", columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
