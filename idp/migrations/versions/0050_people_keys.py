"""People's keys move to a store of their own, so that its backups can end before others do.

On PostgreSQL that is a schema, on SQLite a file.
"""

from alembic import op

from idp.migrations.beside import copy_beside

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

_TABLE = """CREATE TABLE IF NOT EXISTS person_key (
    person_id VARCHAR NOT NULL, wrapped BLOB NOT NULL, PRIMARY KEY (person_id))"""


def upgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        op.execute("CREATE SCHEMA IF NOT EXISTS people_keys")
        op.execute("ALTER TABLE person_key SET SCHEMA people_keys")
        return
    copy_beside(
        op.get_bind(),
        "people_keys",
        _TABLE,
        "SELECT person_id, wrapped FROM main.person_key",
        "INSERT OR REPLACE INTO person_key VALUES (?, ?)",
    )
    op.execute("DROP TABLE main.person_key")
