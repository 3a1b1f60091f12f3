"""Copies of SQLite's files: of one moment, beside a server at work; and putting them in place."""

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

from foundation.durable import sync
from foundation.errors import SettingsError
from foundation.sqlite_driver import attach, path_apart
from idp.backup.manifest import DATABASE, KEYS, LEFT_OUT

SCHEMA = "people_keys"
Progress = Callable[[int, int], None]
_PAGES = 1_000
_BESIDE = ("-wal", "-shm")


def copy_out(path: str, folder: Path, progress: Progress) -> None:
    """Database and keys, each in a file of its own under `folder`."""
    source = sqlite3.connect(path, isolation_level=None)
    try:
        attach(source, path)
        source.execute("BEGIN")
        for schema in ("main", SCHEMA):  # both as they are now, and not as they are when it is their turn
            source.execute(f"SELECT 1 FROM {schema}.sqlite_master LIMIT 1").fetchall()  # noqa: S608  # our names
        _copy(source, "main", folder / DATABASE, progress, LEFT_OUT)
        _copy(source, SCHEMA, folder / KEYS / DATABASE, progress, ())
    finally:
        source.close()


def _copy(
    source: sqlite3.Connection, schema: str, to: Path, progress: Progress, emptied: tuple[str, ...]
) -> None:
    to.touch(mode=0o600)
    target = sqlite3.connect(to, isolation_level=None)
    try:
        source.backup(
            target,
            name=schema,
            pages=_PAGES,
            progress=lambda _status, left, total: progress(total - left, total),
        )
        target.execute("PRAGMA journal_mode=DELETE")
        for table in emptied:
            target.execute(f"DELETE FROM {table}")  # noqa: S608  # our names
        target.execute("VACUUM")  # without what free pages still say
    finally:
        target.close()
    sync(to)


def _unfinished(path: str) -> Path:
    return Path(f"{Path(path).resolve()}.restoring")


def check_finished(path: str) -> None:
    """Raises SettingsError where a restore was cut: neither database is there whole."""
    if _unfinished(path).exists():
        raise SettingsError("A restore of this database was cut: run `accord restore` again.")


def put_back(path: str, folder: Path, *, keys: bool) -> None:
    """The files of a backup in place of those there; cut anywhere, nothing opens until it was run again."""
    places = [(folder / DATABASE, Path(path).resolve())]
    if keys:
        places.append((folder / KEYS / DATABASE, path_apart(path, SCHEMA)))
    places[0][1].parent.mkdir(parents=True, exist_ok=True)
    drafts = [(_draft(copy, place), place) for copy, place in places]
    mark = _unfinished(path)
    mark.touch(mode=0o600)
    sync(mark.parent)
    for draft, place in drafts:
        for beside in _BESIDE:
            Path(f"{place}{beside}").unlink(missing_ok=True)
        draft.replace(place)
    sync(mark.parent)
    mark.unlink()
    sync(mark.parent)


def _draft(copy: Path, place: Path) -> Path:
    draft = Path(f"{place}.incoming")
    draft.touch(mode=0o600)
    shutil.copyfile(copy, draft)
    sync(draft)
    return draft
