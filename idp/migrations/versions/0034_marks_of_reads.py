"""Reads under a promised frequency leave marks: it holds for any stretch of time, not for fixed windows.

What was counted before is marked as of now: a promise is kept too long once, and never broken.
"""

import struct
import time

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

_MICROSECONDS = 1_000_000


def upgrade() -> None:
    now = int(time.time() * _MICROSECONDS)
    op.add_column("read_count", sa.Column("marks", sa.LargeBinary(), nullable=True))
    op.add_column("read_count", sa.Column("last_at", sa.BigInteger(), nullable=True))
    counts = sa.table(
        "read_count",
        sa.column("reads", sa.Integer()),
        sa.column("marks", sa.LargeBinary()),
        sa.column("last_at", sa.BigInteger()),
    )
    bind = op.get_bind()
    for reads in bind.execute(sa.select(counts.c.reads).distinct()).scalars().all():
        marks = struct.pack(">qI", now, reads)
        bind.execute(counts.update().where(counts.c.reads == reads).values(marks=marks, last_at=now))
    with op.batch_alter_table("read_count") as table:
        table.alter_column("marks", existing_type=sa.LargeBinary(), nullable=False)
        table.alter_column("last_at", existing_type=sa.BigInteger(), nullable=False)
        table.drop_column("opened_at")
        table.drop_column("reads")
    op.create_index("ix_read_count_last_at", "read_count", ["last_at"])
