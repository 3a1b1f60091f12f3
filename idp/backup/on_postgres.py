"""PostgreSQL's own tools: `pg_dump` for a copy beside a server at work, `pg_restore` to put it back."""

import os
import subprocess
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import IO, NamedTuple, cast
from urllib.parse import unquote, urlsplit, urlunsplit

from foundation.errors import AccordError
from idp.backup.manifest import DATABASE, KEYS, LEFT_OUT

_APART = "people_keys"
_PLAIN = ["--no-owner", "--no-privileges"]
# What a backup does not know would stay, and a migration find it in its way. Others' tables are theirs.
_CLEAR_APART = f"DROP SCHEMA IF EXISTS {_APART} CASCADE;\n"
_CLEAR = """\
DO $$ DECLARE one regclass; BEGIN
  FOR one IN SELECT oid FROM pg_class AS c
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND pg_get_userbyid(relowner) = current_user
      AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = c.oid AND deptype = 'e')
  LOOP EXECUTE 'DROP TABLE ' || one || ' CASCADE'; END LOOP;
END $$;
"""


class _Dump(NamedTuple):
    """A file of a backup. clear: what ends all that it replaces."""

    file: Path
    clear: str


def copy_out(url: str, folder: Path) -> None:
    """Database first, keys after it: whoever is in the one has keys in the other, or was erased since."""
    without = [f"--exclude-table-data={table}" for table in LEFT_OUT]
    target, environment = _reach(url)
    common = ["pg_dump", "--format=custom", *_PLAIN, target]
    _run([*common, f"--exclude-schema={_APART}", *without, f"--file={folder / DATABASE}"], environment)
    _run([*common, f"--schema={_APART}", f"--file={folder / KEYS / DATABASE}"], environment)


def put_back(url: str, folder: Path, *, keys: bool) -> None:
    """What is there goes and both dumps come in one transaction: cut anywhere, what was there still is."""
    dumps = [_Dump(folder / KEYS / DATABASE, _CLEAR_APART)] * keys + [_Dump(folder / DATABASE, _CLEAR)]
    target, environment = _reach(url)
    command = ["psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", target]
    with tempfile.TemporaryFile() as said:
        psql = _begin(command, environment, said)
        try:
            _feed(cast("IO[bytes]", psql.stdin), dumps)
        finally:
            status = psql.wait()
            said.seek(0)
            _check(command, status, said.read())


def _begin(command: list[str], environment: dict[str, str], said: IO[bytes]) -> "subprocess.Popen[bytes]":
    try:
        return subprocess.Popen(  # noqa: S603  # our own arguments
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=said
        )
    except FileNotFoundError:
        raise _missing(command) from None


def _feed(into: IO[bytes], dumps: Iterable[_Dump]) -> None:
    """Only the last word commits: where we end before it, psql ends too, and nothing has changed."""
    with suppress(BrokenPipeError), into:  # of a psql that is gone, and says why
        _say(into, "BEGIN;\n")
        for dump in dumps:
            _say(into, dump.clear)
            _run(["pg_restore", *_PLAIN, "--file=-", str(dump.file)], None, into)
        _say(into, "COMMIT;\n")


def _say(into: IO[bytes], text: str) -> None:
    into.write(text.encode())
    into.flush()


def _reach(url: str) -> tuple[str, dict[str, str]]:
    """An argument, and the environment with the password: whoever lists processes reads arguments."""
    parts = urlsplit(url)
    open_url = urlunsplit(parts._replace(netloc=parts.netloc.replace(f":{parts.password}@", "@")))
    given = {"PGPASSWORD": unquote(parts.password)} if parts.password else {}
    return f"--dbname={open_url}", os.environ | given


def _run(command: list[str], environment: dict[str, str] | None, to: IO[bytes] | None = None) -> None:
    """Raises AccordError no_tool, tool_failed."""
    try:
        ended = subprocess.run(  # noqa: S603  # our own arguments
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=to or subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            check=False,
        )
    except FileNotFoundError:
        raise _missing(command) from None
    _check(command, ended.returncode, ended.stderr)


def _missing(command: list[str]) -> AccordError:
    return AccordError("no_tool", f"{command[0]} is not here: install PostgreSQL's client tools.")


def _check(command: list[str], status: int, said: bytes) -> None:
    if status != 0:
        words = said.decode(errors="replace").strip()[-500:]
        raise AccordError("tool_failed", f"{command[0]} failed: {words}")
