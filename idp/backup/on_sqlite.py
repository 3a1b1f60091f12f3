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
_BESIDE = ("-wal", "-shm", "-journal")


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
    """Raises SettingsError where a restore was cut.

    Then not both databases are there whole; or they are, and beside them its own copies: that of people's
    keys nobody would know to destroy.
    """
    if _unfinished(path).exists():
        raise SettingsError("A restore of this database was cut: run `accord restore` again.")
    left = [str(draft) for draft in map(_draft_of, _places(path)) if draft.exists()]
    if left:
        raise SettingsError(
            "A restore of this database was cut before it replaced anything: run `accord restore` again, "
            f"or remove {', '.join(left)} to stay with what is there."
        )


def put_back(path: str, folder: Path, *, keys: bool) -> None:
    """The files of a backup in place of those there; cut anywhere, nothing opens until it was run again."""
    places = _places(path)
    places[0].parent.mkdir(parents=True, exist_ok=True)
    _forget(places)
    copies = [folder / DATABASE, folder / KEYS / DATABASE][: 1 + keys]
    try:
        drafts = [(_draft(copy, place), place) for copy, place in zip(copies, places, strict=False)]
    except BaseException:
        _forget(places)
        raise
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


def _places(path: str) -> list[Path]:
    """Of the database, of people's keys."""
    return [Path(path).resolve(), path_apart(path, SCHEMA)]


def _draft_of(place: Path) -> Path:
    return Path(f"{place}.incoming")


def _forget(places: list[Path]) -> None:
    """The copies of a restore that did not come to its end."""
    for place in places:
        _draft_of(place).unlink(missing_ok=True)


def _draft(copy: Path, place: Path) -> Path:
    draft = _draft_of(place)
    draft.touch(mode=0o600)
    shutil.copyfile(copy, draft)
    sync(draft)
    _insist_on_whole(draft)
    return draft


def _insist_on_whole(draft: Path) -> None:
    """Raises sqlite3.Error for what is no database from its first page to its last."""
    opened = sqlite3.connect(f"{draft.as_uri()}?immutable=1", uri=True)
    try:
        (said,) = opened.execute("PRAGMA quick_check(1)").fetchone()
    finally:
        opened.close()
    if said != "ok":
        raise sqlite3.DatabaseError(said)
