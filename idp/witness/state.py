"""What a witness remembers: the last checkpoint that it cosigned, by log. It only ever moves forward."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from consent.ledger.notes.checkpoint import Checkpoint

_FILE = "witness.sqlite3"
_TABLE = """CREATE TABLE IF NOT EXISTS seen (
    origin TEXT PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL, note TEXT NOT NULL
) STRICT"""
_SECONDS = 10.0  # for another process that writes


class Seen(NamedTuple):
    """The last checkpoint of a log. note: with the cosignature that it got."""

    size: int
    root: bytes
    note: str


class State:
    """One connection to the file; whoever shares it is held off by the file itself."""

    def __init__(self, folder: Path) -> None:
        """Raises FileNotFoundError where `begin` was never called: an empty memory would sign any fork."""
        path = folder / _FILE
        if not path.exists():
            raise FileNotFoundError(path)
        self._db = sqlite3.connect(path, timeout=_SECONDS, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA synchronous=EXTRA")

    @staticmethod
    def begin(folder: Path) -> None:
        """An empty memory where there is none yet; only a new key may have one."""
        with closing(sqlite3.connect(folder / _FILE, isolation_level=None)) as db:
            db.execute("PRAGMA journal_mode=DELETE")
            db.execute(_TABLE)

    def last(self, origin: str) -> Seen | None:
        row = self._db.execute("SELECT size, root, note FROM seen WHERE origin = ?", (origin,)).fetchone()
        return None if row is None else Seen(*row)

    def swap(self, last: Seen | None, new: Checkpoint, note: str) -> bool:
        """Remember `new` in place of `last`, durably; False, and nothing, where another was remembered."""
        if last is None:
            changed = self._db.execute(
                "INSERT OR IGNORE INTO seen VALUES (?, ?, ?, ?)", (new.origin, new.size, new.root, note)
            )
        else:
            changed = self._db.execute(
                "UPDATE seen SET size = ?, root = ?, note = ? WHERE origin = ? AND size = ? AND root = ?",
                (new.size, new.root, note, new.origin, last.size, last.root),
            )
        return changed.rowcount == 1

    def close(self) -> None:
        self._db.close()
