"""An empty database with every room's tables, made once a run and copied for each test."""

import sqlite3
from pathlib import Path

from idp.migrations.schema import upgrade


def create_schema(url: str) -> None:
    """Bring the empty database of `url` to the newest revision. Not to be called inside an event loop."""
    upgrade(url)
    if url.startswith("sqlite:///"):
        _settle(Path(url.removeprefix("sqlite:///")))


def _settle(path: Path) -> None:
    """One file that can be copied, already in the journal mode of the server: each test starts sooner."""
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
    connection.close()
