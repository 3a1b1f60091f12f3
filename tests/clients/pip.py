"""Packages of PyPI, at exact versions."""

import sys
from pathlib import Path

from tests.clients.cached import cached

_INSTALL = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target"]


def packages(*specs: str) -> Path:
    """The folder that holds them, or the test is skipped, saying what provides them."""
    python = f"py{sys.version_info.major}{sys.version_info.minor}"
    return cached("-".join([*specs, python]).replace("==", "-"), _INSTALL, specs, seconds=200)
