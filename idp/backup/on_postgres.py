"""PostgreSQL's own tools: `pg_dump` for a copy beside a server at work, `pg_restore` to put it back."""

import os
import subprocess
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from foundation.errors import AccordError
from idp.backup.manifest import DATABASE, KEYS, LEFT_OUT

_APART = "people_keys"


def copy_out(url: str, folder: Path) -> None:
    """Database first, keys after it: whoever is in the one has keys in the other, or was erased since."""
    without = [f"--exclude-table-data={table}" for table in LEFT_OUT]
    common = ["pg_dump", "--format=custom", "--no-owner", "--no-privileges"]
    _run(url, [*common, f"--exclude-schema={_APART}", *without, f"--file={folder / DATABASE}"])
    _run(url, [*common, f"--schema={_APART}", f"--file={folder / KEYS / DATABASE}"])


def put_back(url: str, folder: Path, *, keys: bool) -> None:
    """Each dump in one transaction, keys first: a database that serves has the keys of its own moment."""
    common = ["pg_restore", "--clean", "--if-exists", "--no-owner", "--no-privileges", "--single-transaction"]
    for dump in [folder / KEYS / DATABASE] * keys + [folder / DATABASE]:
        _run(url, [*common, str(dump)])


def _run(url: str, command: list[str]) -> None:
    """The password goes by the environment: whoever lists processes reads arguments."""
    parts = urlsplit(url)
    open_url = urlunsplit(parts._replace(netloc=parts.netloc.replace(f":{parts.password}@", "@")))
    given = {"PGPASSWORD": unquote(parts.password)} if parts.password else {}
    try:
        ended = subprocess.run(  # noqa: S603  # our own arguments
            [*command, f"--dbname={open_url}"],
            env=os.environ | given,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        raise AccordError(
            "no_tool", f"{command[0]} is not here: install PostgreSQL's client tools."
        ) from None
    if ended.returncode != 0:
        raise AccordError("tool_failed", f"{command[0]} failed: {ended.stderr.strip()[-500:]}")
