"""The machine and versions of a run: what makes figures comparable, nothing that names the machine."""

import os
import platform
import re
import shutil
import sqlite3
import subprocess
from importlib.metadata import version
from pathlib import Path

from bench import postgres


def described() -> dict[str, str]:
    """Facts for the report, in order."""
    facts = {
        "cores": f"{os.cpu_count()} ({platform.machine()}), shared by server, database and load generator",
        "memory": f"{_memory_gib()} GiB",
        "system": _system(),
        "Python": platform.python_version(),
        "SQLite": sqlite3.sqlite_version,
        "PostgreSQL": _postgres(),
        "wrk": _said("wrk", "--version"),
        "cryptography": version("cryptography"),
        "uvicorn": version("uvicorn"),
    }
    return {name: fact for name, fact in facts.items() if fact}


def _memory_gib() -> int:
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return round(pages / 2**30)


def _system() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        return platform.system()


def _postgres() -> str:
    folder = postgres.binaries()
    return _said(str(folder / "postgres"), "--version") if folder else ""


def _said(command: str, flag: str) -> str:
    """The version a command prints, or nothing when it is not here."""
    if not (shutil.which(command) or Path(command).exists()):
        return ""
    ran = subprocess.run([command, flag], capture_output=True, text=True, check=False)
    found = re.search(r"\d+(\.\d+)+", ran.stdout + ran.stderr)
    return found.group() if found else ""
