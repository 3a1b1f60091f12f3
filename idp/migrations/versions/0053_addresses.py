"""The keyed hash by which an address finds its account moves to the store of people's keys.

Whoever has the server's secret can try addresses against it: a way back to somebody erased, in a backup of
the database that outlives those of the keys.
"""

import sqlalchemy as sa
from alembic import op

from idp.migrations.beside import copy_beside

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None

_TABLE = """CREATE TABLE IF NOT EXISTS account_address (
    digest BLOB NOT NULL, account_id VARCHAR NOT NULL, PRIMARY KEY (digest), UNIQUE (account_id))"""
_FOUND = "SELECT email_digest, id FROM account"


def upgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        op.create_table(
            "account_address",
            sa.Column("digest", sa.LargeBinary(), nullable=False),
            sa.Column("account_id", sa.String(), nullable=False),
            sa.PrimaryKeyConstraint("digest"),
            sa.UniqueConstraint("account_id"),
            schema="people_keys",
        )
        op.execute(f"INSERT INTO people_keys.account_address {_FOUND}")
    else:
        insert = "INSERT OR REPLACE INTO account_address VALUES (?, ?)"
        copy_beside(op.get_bind(), "people_keys", _TABLE, _FOUND, insert)
    with op.batch_alter_table("account") as account:
        account.drop_column("email_digest")
