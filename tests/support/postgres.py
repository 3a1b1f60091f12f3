"""A private PostgreSQL: started in a temporary folder on a free port, thrown away afterwards.

Durability of the machine is given up (fsync=off: nobody pulls this server's plug); everything else is the
real server.
"""

import asyncio
import os
import pwd
import shutil
import socket
import subprocess
import uuid
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from tests.support.skips import PROVIDES, unavailable

_OPTIONS = {
    "fsync": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "listen_addresses": "127.0.0.1",
    "max_wal_size": "256MB",
}
# What a test before may have left open would keep its rows locked.
_CUT_OTHERS = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()"""
# kept: the beginning of names of tables that keep their rows.
_EMPTY_TABLES = """DO $$ DECLARE name text; BEGIN SET LOCAL session_replication_role = replica;
FOR name IN SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
WHERE schemaname IN ('public', 'people_keys') AND tablename <> 'alembic_version'
AND NOT starts_with(tablename, '{kept}')
LOOP EXECUTE 'DELETE FROM ' || name; END LOOP; END $$"""
ResultT = TypeVar("ResultT")


@cache
def binaries() -> Path:
    """The folder of initdb and pg_ctl, or the test is skipped. Debian keeps it off the PATH."""
    found = shutil.which("initdb")
    newest = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if newest:
        return newest[-1].parent
    if found is None:
        unavailable("PostgreSQL", PROVIDES["postgres"])
    return Path(found).parent


def _identity() -> dict[str, Any]:
    """PostgreSQL refuses to run as root: Debian's own user runs it then."""
    if os.geteuid() != 0:
        return {}
    names = {entry.pw_name for entry in pwd.getpwall()}
    user = "postgres" if "postgres" in names else "nobody"
    return {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Cluster:
    """One server of our own; databases in it are made and dropped at will."""

    def __init__(self, folder: Path, **options: str) -> None:
        self._folder = folder
        self._options = _OPTIONS | options
        self.port = free_port()

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://accord@127.0.0.1:{self.port}/{database}"

    def create(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        identity = _identity()
        if identity:
            shutil.chown(self._folder, identity["user"])
        self._run(
            "initdb", "-D", "data", "-U", "accord", "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C"
        )
        self.start()

    def start(self) -> None:
        options = " ".join(f"-c {name}={value}" for name, value in self._options.items())
        options += f" -c port={self.port} -c unix_socket_directories={self._folder}"
        self._run("pg_ctl", "-D", "data", "-w", "-t", "60", "-s", "-l", "log", "-o", options, "start")

    def stop(self, mode: str = "immediate") -> None:
        self._run("pg_ctl", "-D", "data", "-w", "-s", "-m", mode, "stop")

    def destroy(self) -> None:
        if (self._folder / "data" / "postmaster.pid").exists():
            self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _run(self, name: str, *arguments: str) -> None:
        # Output goes to a file: a daemon that inherits a pipe would keep its reader waiting for ever.
        said = self._folder / "said"
        with said.open("w") as output:
            ended = subprocess.run(  # noqa: S603  # our own arguments
                [str(binaries() / name), *arguments],
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                check=False,
                **_identity(),
            )
        if ended.returncode != 0:
            raise RuntimeError(f"{name} failed: {said.read_text()}")


class Administrator:
    """One connection that makes and drops databases, on an event loop of its own (fixtures are not async)."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._loop = asyncio.new_event_loop()
        self._connection = self._wait(asyncpg.connect(url))

    def execute(self, sql: str) -> None:
        self._wait(self._connection.execute(sql))

    def close(self) -> None:
        self._wait(self._connection.close())
        self._loop.close()

    def _wait(self, work: Coroutine[Any, Any, ResultT]) -> ResultT:
        return self._loop.run_until_complete(work)


def on_server(url: str, database: str) -> str:
    """The URL of another database of the same server."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


@contextmanager
def copy_of(postgres_template: tuple[Administrator, str]) -> Iterator[str]:
    """A database of its own on the run's server."""
    admin, template = postgres_template
    name = f"accord_{uuid.uuid4().hex}"
    admin.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    yield on_server(admin.url, name)
    admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


def empty(database: Administrator, *, kept: str) -> None:
    """Delete every row. kept: how the names of tables begin that are left as they are."""
    database.execute(_CUT_OTHERS)
    database.execute(_EMPTY_TABLES.replace("{kept}", kept))
