"""A PostgreSQL server of the bench's own: fresh, with Debian's defaults (fsync on), on the loopback only."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.processes import Server, StartError, free_port, running

_ROLE = "bench"


class Postgres:
    """A running server; `create(name)` gives the URL of a new, empty database."""

    def __init__(self, server: Server, binaries: Path, port: int) -> None:
        self.server = server
        self._binaries = binaries
        self._port = port

    def create(self, name: str) -> str:
        where = ["-h", "127.0.0.1", "-p", str(self._port), "-U", _ROLE]
        subprocess.run([str(self._binaries / "createdb"), *where, name], check=True, capture_output=True)
        return f"postgresql://{_ROLE}@127.0.0.1:{self._port}/{name}"


def binaries() -> Path | None:
    """The folder of the newest PostgreSQL server installed, or None."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).parent if on_path else None


@contextmanager
def cluster(scratch: Path) -> Iterator[Postgres]:
    """A PostgreSQL server while the block lasts; its data folder goes with it."""
    folder = binaries()
    if folder is None:
        raise StartError("no PostgreSQL server here: apt-get install postgresql")
    user = "postgres" if os.geteuid() == 0 else None  # it refuses to run as root
    data = scratch / "postgresql"
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(parents=True)
    data.chmod(0o700)
    if user:
        shutil.chown(data, user, user)
    init: list[str] = [
        str(folder / "initdb"),
        "-D",
        str(data),
        "-U",
        _ROLE,
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--locale=C.UTF-8",
    ]
    subprocess.run(init, check=True, capture_output=True, user=user, group=user, cwd="/")
    port = free_port()
    command = [str(folder / "postgres"), "-D", str(data), "-p", str(port)]
    command += ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="]
    log = scratch / "logs" / "postgresql.log"
    try:
        with running(
            "postgresql", command, env=os.environ, cwd=data, log=log, user=user, stop_signal=signal.SIGINT
        ) as server:
            _wait_ready(folder, port, log)
            yield Postgres(server, folder, port)
    finally:
        shutil.rmtree(data, ignore_errors=True)


def _wait_ready(folder: Path, port: int, log: Path) -> None:
    check = [str(folder / "pg_isready"), "-h", "127.0.0.1", "-p", str(port), "-U", _ROLE]
    for _ in range(40):
        if subprocess.run(check, capture_output=True, check=False).returncode == 0:
            return
        time.sleep(0.25)
    raise StartError(f"PostgreSQL did not start; its output is in {log}")
