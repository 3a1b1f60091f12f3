"""People's keys move to a store of their own, so that its backups can end before others do.

On PostgreSQL that is a schema. On SQLite it is a file, and no COMMIT over two files survives a power cut
whole: so the keys are there, on the disk, before the table that held them goes. What breaks off in between
leaves copies there, which the next try writes again.
"""

import sqlite3

import sqlalchemy as sa
from alembic import op

from foundation.sqlite_driver import path_apart

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
    _copy(op.get_bind())
    op.execute("PRAGMA main.secure_delete=ON")  # zeroes where they stood
    op.execute("DROP TABLE main.person_key")


def _copy(bind: sa.Connection) -> None:
    path = bind.execute(sa.text("SELECT file FROM pragma_database_list WHERE name = 'main'")).scalar_one()
    held = bind.execute(sa.text("SELECT person_id, wrapped FROM main.person_key"))
    beside = sqlite3.connect(path_apart(path, "people_keys"), isolation_level=None)
    try:
        for statement in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "BEGIN", _TABLE):
            beside.execute(statement)
        beside.executemany("INSERT OR REPLACE INTO person_key VALUES (?, ?)", map(tuple, held))
        beside.execute("COMMIT")
    finally:
        beside.close()
