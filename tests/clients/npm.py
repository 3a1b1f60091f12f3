"""Packages of npm's registry, at exact versions, in a cache folder outside the tree; and what runs them."""

import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from tests.support.skips import program, unavailable

_HERE = Path(__file__).parent


def packages(*specs: str) -> Path:
    """The folder whose `node_modules` holds them, or the test is skipped, saying what provides them."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "accord-tests"
    home = cache / "-".join(spec.replace("@", "-").replace("/", "-") for spec in specs)
    if not home.exists():
        cache.mkdir(parents=True, exist_ok=True)
        _install(home, specs)
    return home


def _install(home: Path, specs: tuple[str, ...]) -> None:
    """Into a folder of its own, named when it is whole: tests of other processes want it too."""
    made = Path(tempfile.mkdtemp(dir=home.parent))
    command = [program("npm"), "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"]
    ended = subprocess.run(  # noqa: S603  # packages of npm's registry, at exact versions
        [*command, "--prefix", str(made), *specs], capture_output=True, check=False, timeout=120
    )
    if ended.returncode != 0:
        unavailable(" ".join(specs), f"npm install --prefix {home} {' '.join(specs)}")
    try:
        made.rename(home)
    except OSError:
        assert home.exists(), "neither we nor anybody else could name it"


def run(script: str, config: dict[str, Any], folder: Path) -> dict[str, Any]:
    """What one of our scripts prints, as JSON. folder: where its configuration is written."""
    path = folder / "config.json"
    path.write_text(json.dumps(config), "utf-8")
    ended = subprocess.run(  # noqa: S603  # our own script
        [program("node"), str(_HERE / script), str(path)],
        capture_output=True,
        check=False,
        timeout=100,
        text=True,
    )
    assert ended.returncode == 0, ended.stderr[-3000:]
    said: dict[str, Any] = json.loads(ended.stdout)
    return said
