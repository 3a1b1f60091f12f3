"""The master key: what seals everything else. It never stands in the database.

The operator gives it (ACCORD_MASTER_KEY or _FILE). Without one, a file readable by its owner alone is made
in the data directory, but only for an empty database: a database that holds sealed rows and finds no key
must not start with a new one.
"""

import os
import secrets
from pathlib import Path

from foundation.errors import SettingsError
from foundation.settings import Settings
from keys.seal import KEY_BYTES, derive

_FILE_NAME = "master.key"


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
    key = bytes.fromhex(path.read_text("ascii").strip())
    if len(key) != KEY_BYTES:
        raise SettingsError(f"{path.name} does not hold a key of {KEY_BYTES} bytes")
    return key


def _create(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # O_EXCL: two processes that start together must not each make one and seal under it.
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(KEY_BYTES) + "\n")
        file.flush()
        os.fsync(file.fileno())
