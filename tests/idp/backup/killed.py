"""A program of many lives: in each, the next step of a restore, or of a backup, is its last.

python -m tests.idp.backup.killed <database url> <data folder> <folder of a backup> <folder for more>

Each life is a fork that runs the command itself and kills itself (SIGKILL) before a file is copied, with half
of it, before one takes its name or goes, before a tool of PostgreSQL starts and before each word that it is
told. What a life leaves is all of before or all of the backup, or opens nothing and says what to do; the same
command again ends it. Told of each life: what it left.
"""

import ctypes
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson

from foundation.clock import SystemClock
from foundation.errors import AccordError, SettingsError
from foundation.settings import Settings
from foundation.sqlite_driver import path_apart
from idp.backup import making, on_postgres, on_sqlite
from idp.backup.making import put_back
from idp.backup.manifest import read_manifest
from idp.commands import backup as commands
from idp.running.opening import prepare_schema
from tests.idp.support import settings_for
from tests.support.postgres import Administrator

_PR_SET_CHILD_SUBREAPER = 36  # prctl(2)
State = tuple[str | bytes, ...]


class Fate:
    """The step that `left` others precede is the last."""

    def __init__(self, left: int) -> None:
        self._left = left

    def step(self, *_given: object) -> None:
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        self._left -= 1

    def tear(self, copied: Path) -> None:
        """Half of a file is there."""
        if self._left == 0:
            os.truncate(copied, copied.stat().st_size // 2)
        self.step()


def before(owner: Any, name: str, first: Callable[..., None]) -> None:
    real = getattr(owner, name)

    def call(*given: Any, **named: Any) -> Any:
        first(*given)
        return real(*given, **named)

    setattr(owner, name, call)


def after(owner: Any, name: str, then: Callable[[Path], None]) -> None:
    real = getattr(owner, name)

    def call(*given: Any, **named: Any) -> Any:
        result = real(*given, **named)
        then(next(path for path in reversed(given) if isinstance(path, Path)))
        return result

    setattr(owner, name, call)


def life(work: Callable[[Fate], None], steps: int = sys.maxsize) -> bool:
    """Whether it lived to the end. A tool that it leaves alone ends before we look at what is left."""
    child = os.fork()
    if not child:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        work(Fate(steps))
        os._exit(0)
    lived = os.waitpid(child, 0)[1] == 0
    with suppress(ChildProcessError):
        while True:
            os.wait()
    return lived


# --- a database, as it stands -----------------------------------------------------------------------------


class OnSqlite:
    """Its two files, and copies of them as they were."""

    def __init__(self, settings: Settings) -> None:
        self._path = settings.storage_url.removeprefix("sqlite:///")
        self._files = [Path(self._path), path_apart(self._path, "people_keys")]
        self._kept = [file.read_bytes() for file in self._files]
        self.settings = settings

    def reset(self, *, empty: bool = False) -> None:
        for left in self._files[0].parent.glob(f"{self._files[0].name}*"):
            left.unlink()
        for file, kept in zip(self._files, self._kept, strict=True):
            if not empty:
                file.write_bytes(kept)

    def state(self) -> State:
        return tuple(file.read_bytes() if file.exists() else "" for file in self._files)


class OnPostgres:
    """A database made of another one, as that was."""

    def __init__(self, settings: Settings) -> None:
        server, _, self._kept = settings.storage_url.rpartition("/")
        self._name, self._admin = f"{self._kept}_put_back", Administrator(f"{server}/postgres")
        self.settings = settings_for(f"{server}/{self._name}", settings.data_dir)

    def drop(self) -> None:
        self._admin.execute(f"DROP DATABASE IF EXISTS {self._name} WITH (FORCE)")

    def reset(self, *, empty: bool = False) -> None:
        self.drop()
        self._admin.execute(f"CREATE DATABASE {self._name} TEMPLATE {'template0' if empty else self._kept}")

    def state(self) -> State:
        command = ["pg_dump", f"--dbname={self.settings.storage_url}"]
        told = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603  # ours
        return tuple(line for line in told.stdout.splitlines() if not line.startswith("\\"))


# --- a restore --------------------------------------------------------------------------------------------


def restore(source: Path, fate: Fate) -> None:
    """The command, up to where it opens a server."""
    for name in ("replace", "unlink"):
        before(Path, name, fate.step)
    before(shutil, "copyfile", fate.step)
    after(shutil, "copyfile", fate.tear)
    before(subprocess, "Popen", fate.step)
    before(on_postgres, "_say", fate.step)
    before(commands, "upgrade", fate.step)
    before(commands, "with_server", lambda _see: os._exit(0))
    commands.restore(source, without_keys=False, yes=True, as_json=True)


def left_cut(settings: Settings) -> bool:
    """Whether nothing opens, and it is said what to do."""
    try:
        if settings.on_sqlite:
            on_sqlite.check_finished(settings.storage_url.removeprefix("sqlite:///"))
    except SettingsError as error:
        return "run `accord restore` again" in str(error)
    return False


def restores(target: OnSqlite | OnPostgres, source: Path, *, empty: bool = False) -> list[str]:
    """What each life left."""

    def work(fate: Fate) -> None:
        restore(source, fate)

    target.reset(empty=empty)
    known = {target.state(): "as it was"}
    assert life(work)
    known[target.state()] = "whole"
    assert len(known) == 2
    prepare_schema(target.settings)
    found: list[str] = ["whole"]
    survived = False
    while not survived:
        if found[-1] != "as it was":
            target.reset(empty=empty)
        survived = life(work, len(found) - 1)
        found.append("cut" if left_cut(target.settings) else known[target.state()])
        if found[-1] == "cut" or found[-2:] == ["as it was", "whole"]:
            put_back(target.settings, source, SystemClock().now(), keys=True)
            assert known[target.state()] == "whole", len(found)
            assert not left_cut(target.settings)
    return found[1:]


# --- a backup ---------------------------------------------------------------------------------------------


def backup(to: Path, fate: Fate) -> None:
    before(on_sqlite, "_copy", fate.step)
    before(on_postgres, "_run", fate.step)
    before(making, "write_files", fate.step)
    before(making, "write_manifest", fate.step)
    after(Path, "write_bytes", lambda path: fate.tear(path) if path.name == "manifest.json" else None)
    before(Path, "replace", lambda path, *_to: fate.step() if path.suffix == ".unfinished" else None)
    before(making, "sync", fate.step)
    commands.backup(to, as_json=True)


def taken_for_one(folder: Path) -> bool:
    try:
        read_manifest(folder)
    except AccordError as error:
        assert error.code == "no_backup"  # noqa: PT017  # no test: it prints what it found
        return False
    return True


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def backups(folder: Path) -> list[str]:
    """What each life left under the name that it was given."""

    def work(fate: Fate) -> None:
        backup(to, fate)

    folder.mkdir()
    to = folder / "whole"
    assert life(work)
    found: list[str] = []
    whole, survived = names(to), False
    while not survived:
        to = folder / f"of {len(found)}"
        survived = life(work, len(found))
        for left in (to, to.with_name(f"{to.name}.unfinished")):
            assert not taken_for_one(left) or names(left) == whole
        found.append("whole" if taken_for_one(to) else "nothing")
        assert to.exists() == taken_for_one(to)
    to = folder / f"of {found.index('whole') - 1}"  # what is there of it is almost all
    assert life(work)
    assert names(to) == whole
    return found


def main(url: str, data: str, folder: str, to: str) -> list[list[str]]:
    # The children of a life that ends become ours: a pg_dump beside a psql that still drops meets a deadlock.
    assert ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1) == 0
    settings, source = settings_for(url, Path(data)), Path(folder)
    target = OnSqlite(settings) if settings.on_sqlite else OnPostgres(settings)
    target.reset()
    assert settings.master_key is not None
    os.environ |= {
        "ACCORD_DATABASE_URL": target.settings.storage_url,
        "ACCORD_DATA_DIR": data,
        "ACCORD_ISSUER": settings.issuer,
        "ACCORD_MASTER_KEY": settings.master_key.get_secret_value(),
    }
    try:
        restored = (
            restores(target, source),
            restores(target, source, empty=True) if settings.on_sqlite else [],
        )
        return [*restored, backups(Path(to))]
    finally:
        if isinstance(target, OnPostgres):
            target.drop()


if __name__ == "__main__":
    sys.stdout.write(orjson.dumps(main(*sys.argv[1:])).decode())
