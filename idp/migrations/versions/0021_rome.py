"""The ROME: editions of the referential, loaded beside one another."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0017"
branch_labels = None
depends_on = None


def _text(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String(), nullable=False) for name in names]


def upgrade() -> None:
    op.create_table(
        "rome_edition",
        *_text("id", "name", "source"),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("began_at", sa.BigInteger(), nullable=False),
        sa.Column("live_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "rome_progress",
        *_text("edition", "file"),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("edition", "file"),
    )
    op.create_table(
        "rome_sheet", *_text("code", "edition", "label"), sa.PrimaryKeyConstraint("code", "edition")
    )
    op.create_table(
        "rome_title",
        *_text("code", "edition", "label", "folded", "sheet"),
        sa.PrimaryKeyConstraint("code", "edition"),
    )
    op.create_table(
        "rome_skill",
        *_text("code", "edition", "kind", "label", "folded"),
        sa.PrimaryKeyConstraint("code", "edition"),
    )
    op.create_index("rome_skill_folded", "rome_skill", ["folded", "edition"])
    op.create_table(
        "rome_expected",
        *_text("sheet", "skill", "edition"),
        sa.Column("core", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("sheet", "skill", "edition"),
        sqlite_with_rowid=False,
    )
    op.create_index("rome_expected_skill", "rome_expected", ["skill", "sheet", "edition"])
    op.create_table(
        "rome_word",
        *_text("of", "word", "code", "edition"),
        sa.PrimaryKeyConstraint("of", "word", "code", "edition"),
        sqlite_with_rowid=False,
    )
