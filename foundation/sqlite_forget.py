"""What SQLite still holds of deleted rows, and how it is made to let go.

Deleted cells are overwritten with zeroes under `secure_delete` (Debian compiles it in, other builds do not:
a unit that erases asks for it). The write-ahead log keeps older copies of the same pages until it is moved
into the database file and cut to nothing, which only a TRUNCATE checkpoint does.
"""

import sqlite3
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import text

from foundation.sqlite_driver import APART, path_apart
from foundation.statements import Statement

_PATIENCE_SECONDS = 5.0


class _Answer(NamedTuple):
    on: int


# Holds for the connection from then on: the server's writer keeps it.
OVERWRITE_DELETED: Statement[_Answer] = Statement(text("PRAGMA secure_delete=ON"), _Answer)


def cut_journals(path: str) -> bool:
    """Move the write-ahead logs of a database and of what stands apart into the files, and cut them.

    False when someone else kept one busy: try later. Blocks for seconds at most; call it on a thread of its
    own. Writers wait meanwhile, readers do not.
    """
    return all([_cut(Path(path)), *(_cut(path_apart(path, schema)) for schema in APART)])


def _cut(path: Path) -> bool:
    if not path.exists():
        return True
    try:
        connection = sqlite3.connect(path, isolation_level=None, timeout=_PATIENCE_SECONDS)
        try:
            busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            connection.close()
    except sqlite3.Error:
        return False
    return not busy
