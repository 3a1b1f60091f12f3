"""Packages of a registry, at exact versions, in a cache folder outside the tree."""

import os
import subprocess
import tempfile
from pathlib import Path

from tests.support.skips import unavailable


def cached(name: str, install: list[str], specs: tuple[str, ...], *, seconds: int) -> Path:
    """The folder that holds them, or the test is skipped, saying what provides them.

    install: the command, up to the folder that it installs into. seconds: that it may take.
    """
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "accord-tests"
    home = cache / name
    if not home.exists():
        cache.mkdir(parents=True, exist_ok=True)
        _install(home, install, specs, seconds)
    return home


def _install(home: Path, install: list[str], specs: tuple[str, ...], seconds: int) -> None:
    """Into a folder of its own, named when it is whole: tests of other processes want it too."""
    made = Path(tempfile.mkdtemp(dir=home.parent))
    ended = subprocess.run(  # noqa: S603  # packages at exact versions
        [*install, str(made), *specs], capture_output=True, check=False, timeout=seconds
    )
    if ended.returncode != 0:
        unavailable(" ".join(specs), " ".join([*install, str(home), *specs]))
    try:
        made.rename(home)
    except OSError:
        assert home.exists(), "neither we nor anybody else could name it"
