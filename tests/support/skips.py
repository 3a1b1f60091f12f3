"""What this machine cannot run is skipped by name, with the command that would provide it.

Under ACCORD_REQUIRE_ALL=1 (the shared check) every skip is a failure: nothing goes untested unnoticed.
"""

import os
import shutil
from typing import NoReturn

import pytest

PROVIDES = {
    "apache2": "apt-get install apache2 libapache2-mod-auth-openidc",
    "chromium": "apt-get install chromium",
    "gcc": "apt-get install gcc libc6-dev",
    "softhsm2-util": "apt-get install softhsm2",
    "postgres": "apt-get install postgresql",
}


def all_required() -> bool:
    return os.environ.get("ACCORD_REQUIRE_ALL", "") not in {"", "0"}


def unavailable(what: str, provided_by: str) -> NoReturn:
    """Skip the test, saying what would let it run."""
    pytest.skip(f"{what} is not on this machine; `{provided_by}` provides it")


def program(name: str) -> str:
    """The path of a program, or the test is skipped with the command that installs it."""
    found = shutil.which(name)
    if found is None:
        unavailable(name, PROVIDES.get(name, f"apt-get install {name}"))
    return found
