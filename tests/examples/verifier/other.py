"""The other verifier (examples/verifier, JavaScript), as a process that stays for a module's tests."""

import json
import shutil
import subprocess
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.clients import npm
from tests.support.skips import program

SOURCE = Path(__file__).parents[3] / "examples" / "verifier"
_DRIVER = Path(__file__).with_name("driver.mjs")


def installed(folder: Path) -> Path:
    """The verifier, as `npm install` leaves it there."""
    wanted = json.loads((SOURCE / "package.json").read_bytes())["dependencies"]
    packages = npm.packages(*(f"{name}@{version}" for name, version in wanted.items()))
    made = folder / "verifier"
    shutil.copytree(SOURCE, made, ignore=shutil.ignore_patterns("node_modules"))
    (made / "node_modules").symlink_to(packages / "node_modules")
    return made


class Other:
    """Asks it."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def ask(self, what: str, **asked: Any) -> dict[str, Any]:
        """Its answer; of what proves nothing, a `lie`."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"what": what, **asked}).encode() + b"\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def keep(self, log: str, files: Mapping[str, bytes]) -> None:
        """Give it a log once; requests then say only what was changed in it."""
        self.ask("keep", log=log, files=_encoded(files))

    def check(self, log: str, changes: Mapping[str, bytes | None], **asked: Any) -> dict[str, Any]:
        return self.ask("log", log=log, changes=_encoded(changes), **asked)


def _encoded(files: Mapping[str, bytes | None]) -> dict[str, str | None]:
    return {name: None if data is None else b64encode(data).decode() for name, data in files.items()}


@contextmanager
def running(folder: Path) -> Iterator[Other]:
    """The process, for as long as it is wanted."""
    with subprocess.Popen(  # noqa: S603  # our own script
        [program("node"), str(_DRIVER), str(installed(folder))], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        yield Other(process)
