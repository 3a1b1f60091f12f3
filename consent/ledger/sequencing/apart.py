"""The last signed head, kept apart from the database: what a restored backup does not know was signed.

A head is here before the database has it, and before anybody sees it. Only who knows what stands here may
replace it: so a database that is older than what was signed is found out before it signs anything.
"""

import asyncio
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from consent.ledger.notes.checkpoint import Checkpoint, parse_checkpoint
from consent.ledger.notes.note import NoteError, parse_note
from foundation.durable import sync
from foundation.errors import SettingsError, StorageUnavailableError


class HeadFile:
    """The file; processes that share it take turns. Raises StorageUnavailableError where the disk refuses."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def read(self) -> str | None:
        """The signed note, None before the first. Raises SettingsError for a file that holds none."""
        return await asyncio.to_thread(self._checked)

    async def swap(self, known: str | None, note: str) -> bool:
        """Put `note` in place of `known`, durably; False, and nothing, where something else stands there."""
        return await asyncio.to_thread(self._swap, known, note)

    def _checked(self) -> str | None:
        note = self._read()
        if note is not None:
            head_of(note)
        return note

    def _read(self) -> str | None:
        try:
            return self._path.read_text("utf-8") or None
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"{self._path}, the last signed head, cannot be read") from error

    def _swap(self, known: str | None, note: str) -> bool:
        try:
            with self._alone():
                if self._read() not in {None, known}:
                    return False
                self._write(note)
        except OSError as error:
            raise StorageUnavailableError(f"{self._path}: {error}") from error
        return True

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        lock = os.open(f"{self._path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _write(self, note: str) -> None:
        draft = self._path.with_name(f".{self._path.name}.draft")
        with draft.open("w", encoding="utf-8") as file:
            file.write(note)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._path)
        sync(self._path.parent)


def head_of(note: str) -> Checkpoint:
    """The head in a note of our own. Raises SettingsError where it holds none."""
    try:
        return parse_checkpoint(parse_note(note).text)
    except NoteError as error:
        raise SettingsError(f"what is kept as the last signed head is none: {error}") from error
