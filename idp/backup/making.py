"""Making a backup, and putting one back."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlmodel import SQLModel, col

from consent.ledger.files.writing import write_files
from consent.ledger.store import read_head
from foundation.durable import sync
from foundation.errors import AccordError
from foundation.settings import Settings
from foundation.statements import Statement
from idp.backup import on_postgres, on_sqlite
from idp.backup.manifest import KEYS, KEYS_KEPT, KEYS_SHAPED, LEDGER, Manifest, read_manifest, write_manifest
from idp.context import Server
from idp.migrations.schema import head_revision
from idp.people.tables import Account
from keys.tables import PersonKey

# Shows how far something is: what it yields takes (done, in all).
Watch = Callable[[str], AbstractContextManager[Callable[[int, int], None]]]


class Matched(NamedTuple):
    """How far a database and the store of keys are of one moment."""

    people_without_keys: int
    keys_without_people: int


class _Count(NamedTuple):
    many: int


_SAME = col(PersonKey.person_id) == col(Account.id)


def _without(table: type[SQLModel], other: Any) -> Statement[_Count]:  # noqa: ANN401  # a column
    there = select(other).where(_SAME).exists()
    return Statement(select(func.count()).select_from(table).where(~there), _Count)


_KEYLESS = _without(Account, col(PersonKey.person_id))
_HOMELESS = _without(PersonKey, col(Account.id))


async def make_backup(server: Server, to: Path, watch: Watch) -> Manifest:
    """A backup in the fresh folder `to`, which appears whole.

    Raises AccordError `not_empty`, `copy_failed`, `no_tool`, `tool_failed`.
    """
    with _told():
        return await _make(server, to, watch)


async def _make(server: Server, to: Path, watch: Watch) -> Manifest:
    draft = _begin(to)
    url, now = server.settings.storage_url, server.clock.now()
    if server.settings.on_sqlite:
        with watch("pages of the database") as pages:
            on_sqlite.copy_out(url.removeprefix("sqlite:///"), draft, pages)
    else:
        on_postgres.copy_out(url, draft)
    events = await _log_files(server, draft / LEDGER, watch)
    manifest = Manifest(now, now + KEYS_KEPT, server.db.dialect, head_revision(), events)
    write_manifest(draft, manifest)
    draft.replace(to)
    sync(to.parent)
    return manifest


@contextmanager
def _told() -> Iterator[None]:
    """A full disk, a folder that is somebody else's: said in words."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise AccordError(
            "copy_failed", f"It is not finished: {error}. Put that right, and run it again."
        ) from error


async def _log_files(server: Server, to: Path, watch: Watch) -> int:
    """The log as files; how many events it has, 0 where no server ever signed it."""
    origin = server.sequencer.verifier.name
    async with server.db.reading() as tx:
        if await read_head(tx, origin) is None:
            return 0
    with watch("events of the log") as leaves:
        return await write_files(server.db, origin, to, leaves)


def _begin(to: Path) -> Path:
    if to.exists() and any(to.iterdir()):
        raise AccordError("not_empty", f"{to} holds something: a backup goes into a folder of its own.")
    draft = to.with_name(f"{to.name}.unfinished")
    shutil.rmtree(draft, ignore_errors=True)
    (draft / KEYS).mkdir(parents=True)
    draft.chmod(0o700)
    return draft


def put_back(settings: Settings, folder: Path, now: int, *, keys: bool) -> Manifest:
    """Database, and keys unless told otherwise, in place of those there. No server may run.

    Raises AccordError `keys_expired` for keys of more than 30 days ago: with them an erasure would not hold;
    `no_backup`, `other_database`, `no_keys`, `older_keys`, `copy_failed`, `no_tool`, `tool_failed`.
    """
    manifest = read_manifest(folder)
    if manifest.dialect != ("sqlite" if settings.on_sqlite else "postgresql"):
        raise AccordError("other_database", f"This backup is of {manifest.dialect}.")
    if keys and not (folder / KEYS).exists():
        raise AccordError(
            "no_keys", "It has no keys of people (any more): --without-keys keeps those there are."
        )
    if keys and now > manifest.keys_until:
        raise AccordError(
            "keys_expired",
            f"Its keys are over 30 days old: destroy {folder / KEYS}; --without-keys keeps those there are.",
        )
    if not keys and manifest.revision < KEYS_SHAPED:
        raise AccordError(
            "older_keys",
            f"It is of revision {manifest.revision}: the keys that are there are of another shape, so it is "
            "put back with its own keys or not at all.",
        )
    with _told():
        if settings.on_sqlite:
            on_sqlite.put_back(settings.storage_url.removeprefix("sqlite:///"), folder, keys=keys)
        else:
            on_postgres.put_back(settings.storage_url, folder, keys=keys)
    return manifest


async def matched(server: Server) -> Matched:
    """Whether everybody has keys, and all keys are somebody's."""
    async with server.db.reading() as tx:
        return Matched((await tx.one(_KEYLESS)).many, (await tx.one(_HOMELESS)).many)
