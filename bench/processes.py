"""Server processes: started, health-checked, measured, and ended with their children."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_READY_SECONDS = 40


class StartError(RuntimeError):
    """A server that did not become ready; the message says where its output is."""


class Server:
    """A running process and its children."""

    def __init__(self, name: str, process: subprocess.Popen[bytes], log: Path) -> None:
        self.name = name
        self.log = log
        self._process = process

    def pids(self) -> list[int]:
        """The process and all its living descendants."""
        children: dict[int, list[int]] = {}
        for stat in Path("/proc").glob("[0-9]*/stat"):
            fields = _stat(stat)
            if fields:
                children.setdefault(int(fields[1]), []).append(int(stat.parent.name))
        found = [self._process.pid]
        for pid in found:  # grows while it is walked
            found.extend(children.get(pid, []))
        return found

    def cpu_seconds(self) -> float:
        """User and system time so far, children that ended included."""
        ticks = 0
        for pid in self.pids():
            fields = _stat(Path(f"/proc/{pid}/stat"))
            ticks += sum(int(field) for field in fields[11:15])
        return ticks / _TICKS

    def rss_bytes(self) -> int:
        """Resident memory of all its processes."""
        total = 0
        for pid in self.pids():
            fields = _stat(Path(f"/proc/{pid}/stat"))
            total += int(fields[21]) * _PAGE if fields else 0
        return total

    def wait_ready(self, url: str) -> None:
        """Until `url` answers with anything but a server error."""
        until = time.monotonic() + _READY_SECONDS
        while time.monotonic() < until:
            if self._process.poll() is not None:
                break
            try:
                if httpx.get(url, timeout=2).status_code < 500:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.1)
        raise StartError(f"{self.name} did not start; its output is in {self.log}")

    def stop(self, signal_number: int) -> None:
        """Ask it to end, then insist, with whatever it started."""
        family = self.pids()
        self._process.send_signal(signal_number)
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            for pid in family:
                _kill(pid)
            self._process.wait()


@contextmanager
def running(  # noqa: PLR0913  # what a process is made of
    name: str,
    command: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: Path,
    log: Path,
    user: str | None = None,
    stop_signal: int = 15,
) -> Iterator[Server]:
    """Run `command` while the block lasts. `user`: run as that user (PostgreSQL refuses root)."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            env=dict(env),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=user,
            group=user,
            extra_groups=[] if user else None,
        )
    server = Server(name, process, log)
    try:
        yield server
    finally:
        server.stop(stop_signal)


def free_port() -> int:
    """A loopback port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def settle(servers: Sequence[Server], limit: float = 15.0) -> None:
    """Wait until the servers have finished what the last load left them (up to `limit` seconds)."""
    until = time.monotonic() + limit
    before = sum(server.cpu_seconds() for server in servers)
    while time.monotonic() < until:
        time.sleep(0.3)
        now = sum(server.cpu_seconds() for server in servers)
        if now - before <= 0.02:
            return
        before = now


def machine_seconds() -> float:
    """CPU time that the whole machine has spent so far, what its host took away included."""
    user, nice, system, _idle, _wait, irq, soft, steal, *_ = map(
        int, Path("/proc/stat").read_text("ascii").split("\n", 1)[0].split()[1:]
    )
    return (user + nice + system + irq + soft + steal) / _TICKS


def _stat(path: Path) -> list[str]:
    """The fields of a stat file after the command's name, or none when the process is gone."""
    try:
        return path.read_text("utf-8", "replace").rpartition(")")[2].split()
    except OSError:
        return []


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, 9)
