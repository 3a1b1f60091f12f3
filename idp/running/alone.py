"""Who serves a SQLite file: one process alone, or several workers that take turns, never both."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from foundation.errors import SettingsError
from foundation.settings import Settings


@contextmanager
def only_server(settings: Settings) -> Iterator[None]:
    """Hold the file's server lock for the length of the block, with other workers if there are to be some.

    Nothing on PostgreSQL.

    The lock dies with the process, however it ends. Commands do not take it: they write beside the server.
    Raises SettingsError when another server has it.
    """
    if not settings.on_sqlite:
        yield
        return
    path = Path(settings.storage_url.removeprefix("sqlite:///") + ".server")
    with path.open("a") as file:
        try:
            fcntl.flock(file, (fcntl.LOCK_SH if settings.workers > 1 else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SettingsError(
                "Another server already serves this SQLite file: stop it, or start one with more --workers."
            ) from None
        yield
