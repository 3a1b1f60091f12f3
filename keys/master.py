"""The master key: what seals everything else. It never stands in the database.

The operator gives it (ACCORD_MASTER_KEY or _FILE). Without one, a file readable by its owner alone is made
in the data directory, but only for an empty database: a database that holds sealed rows and finds no key
must not start with a new one.
"""

import contextlib
import os
import secrets
from pathlib import Path

from foundation.durable import sync
from foundation.errors import SettingsError
from foundation.settings import Settings
from keys.seal import KEY_BYTES, derive

_FILE_NAME = "master.key"


class WrongMasterKeyError(SettingsError):
    """What stands sealed under a master key does not open under the one that was given."""

    def __init__(self) -> None:
        super().__init__("ACCORD_MASTER_KEY is not the key that sealed this database")


def load_master_key(settings: Settings, *, database_is_empty: bool) -> bytes:
    """32 bytes that seal the server's secrets.

    Raises SettingsError when none is given and none may be made, or when the file is readable by others.
    """
    given = settings.given_master_key()
    if given is None:
        given = _from_file(settings.data_dir / _FILE_NAME, may_create=database_is_empty)
    return derive(given, "accord master key v1")


def _from_file(path: Path, *, may_create: bool) -> bytes:
    if not path.exists():
        if not may_create:
            raise SettingsError(
                "This database is sealed under a master key that is not here: "
                "set ACCORD_MASTER_KEY or ACCORD_MASTER_KEY_FILE"
            )
        _create(path)
    if path.stat().st_mode & 0o077:
        raise SettingsError(f"{path.name} can be read by others: make it 0600")
    try:
        key = bytes.fromhex(path.read_text("ascii").strip())
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise SettingsError(f"{path.name} does not hold a key of {KEY_BYTES} bytes in hexadecimal")
    return key


def _create(path: Path) -> None:
    """Make the file whole or not at all, and durable before anything is sealed under it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(KEY_BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
        # A link fails where the name is taken: two processes that start together end with one key.
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(draft)
    finally:
        draft.unlink()
    sync(path.parent)
