"""An empty database with every room's tables, made once a run and copied for each test."""

import shutil
import sqlite3
from pathlib import Path

from foundation.sqlite_driver import APART, path_apart
from idp.migrations.schema import upgrade


def create_schema(url: str) -> None:
    """Bring the empty database of `url` to the newest revision. Not to be called inside an event loop."""
    upgrade(url)
    if url.startswith("sqlite:///"):
        _settle(Path(url.removeprefix("sqlite:///")))


def copy_database(template: Path, path: Path) -> None:
    """A SQLite database that nobody has open, with what stands apart from it."""
    shutil.copyfile(template, path)
    for schema in APART:
        shutil.copyfile(path_apart(str(template), schema), path_apart(str(path), schema))


def _settle(path: Path) -> None:
    """One file that can be copied, already in the journal mode of the server: each test starts sooner."""
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
    connection.close()
