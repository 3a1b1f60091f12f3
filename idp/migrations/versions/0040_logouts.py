"""Logouts in the outbox, beside events; which apps signed somebody in within a session; sessions renewed."""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

_MOMENTS = ("changed_at", "open_until", "leased_until")
_MAYBE = ("reached_at", "failed_at")
_COLUMNS = (
    "delivery, push_url, sealed_authorization, changed_at, failures, open_until, leased_until, holder,"
    " reached_at, failed_at, failure"
)


def upgrade() -> None:
    op.add_column("session", sa.Column("root", sa.String(), nullable=True))
    op.create_index("line_of_session", "line", ["session_id", "client_id", "id"])
    op.add_column("signal", sa.Column("channel", sa.String(), nullable=False, server_default="events"))
    where = sa.text("next_attempt_at IS NOT NULL")
    op.drop_index("signal_due", "signal")
    op.create_index(
        "signal_due",
        "signal",
        ["client_id", "channel", "next_attempt_at"],
        sqlite_where=where,
        postgresql_where=where,
    )
    _streams_by_channel()


def _streams_by_channel() -> None:
    """The key has one more column: SQLite takes that in a new table alone."""
    op.create_table(
        "signal_stream_new",
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("delivery", sa.String(), nullable=False),
        sa.Column("push_url", sa.String(), nullable=True),
        sa.Column("sealed_authorization", sa.LargeBinary(), nullable=True),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in _MOMENTS),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=True) for name in _MAYBE),
        sa.Column("failure", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("client_id", "channel"),
    )
    op.execute(
        f"INSERT INTO signal_stream_new (client_id, channel, {_COLUMNS})"  # noqa: S608  # our own names
        f" SELECT client_id, 'events', {_COLUMNS} FROM signal_stream"
    )
    op.drop_table("signal_stream")
    op.rename_table("signal_stream_new", "signal_stream")
