"""Packages of PyPI, at exact versions, in a cache folder outside the tree, as npm.py has those of npm."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.support.skips import unavailable


def packages(*specs: str) -> Path:
    """The folder that holds them, or the test is skipped, saying what provides them."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "accord-tests"
    python = f"py{sys.version_info.major}{sys.version_info.minor}"
    home = cache / "-".join([*specs, python]).replace("==", "-")
    if not home.exists():
        cache.mkdir(parents=True, exist_ok=True)
        _install(home, specs)
    return home


def _install(home: Path, specs: tuple[str, ...]) -> None:
    """Into a folder of its own, named when it is whole: tests of other processes want it too."""
    made = Path(tempfile.mkdtemp(dir=home.parent))
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target"]
    ended = subprocess.run(  # noqa: S603  # packages of PyPI, at exact versions
        [*command, str(made), *specs], capture_output=True, check=False, timeout=200
    )
    if ended.returncode != 0:
        unavailable(" ".join(specs), f"pip install --target {home} {' '.join(specs)}")
    try:
        made.rename(home)
    except OSError:
        assert home.exists(), "neither we nor anybody else could name it"
