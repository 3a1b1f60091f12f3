"""Moving rows of a SQLite database to the file that stands beside it.

No COMMIT over two files survives a power cut whole: what moves is in its new file, on the disk, before the
revision takes it out of the old one. What breaks off in between leaves copies that the next try writes again.
"""

import sqlite3

import sqlalchemy as sa

from foundation.sqlite_driver import path_apart


def copy_beside(bind: sa.Connection, schema: str, create: str, found: str, insert: str) -> None:
    """Make a table of `schema` and keep there what `found` selects; deleted cells are zeroes from then on."""
    path = bind.execute(sa.text("SELECT file FROM pragma_database_list WHERE name = 'main'")).scalar_one()
    rows = bind.execute(sa.text(found))
    beside = sqlite3.connect(path_apart(path, schema), isolation_level=None)
    try:
        for statement in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "BEGIN", create):
            beside.execute(statement)
        beside.executemany(insert, map(tuple, rows))
        beside.execute("COMMIT")
    finally:
        beside.close()
    bind.execute(sa.text("PRAGMA main.secure_delete=ON"))
