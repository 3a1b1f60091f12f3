"""Who was erased, written apart from the database: what a restored backup does not know of.

One line an erasure: when (microseconds), the person's id, the ledger's event. The id is random and leads
nowhere once she is gone; in a backup from before, it leads to what has to go again. A line is added as soon
as an erasure has committed, else before the database forgets the id (settling.py).
"""

import asyncio
import os
import re
from pathlib import Path
from typing import NamedTuple

from foundation.durable import sync
from foundation.errors import SettingsError

_LINE = re.compile(r"([0-9]{1,19}) ([0-9a-f]{32}) ([0-9a-f]{32})", re.ASCII)
_TORN = re.compile(r"[0-9]{0,19}( [0-9a-f]{0,32}){0,2}", re.ASCII)  # what a crash leaves of a line


class Gone(NamedTuple):
    """An erasure. erased_at: microseconds. event_id: of the ledger that had it."""

    erased_at: int
    person_id: str
    event_id: str


class ErasureList:
    """The file. Several processes may add to it: a line is one write."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def read(self) -> list[Gone]:
        """Every erasure, oldest first. Raises SettingsError for a file that is no such list."""
        return await asyncio.to_thread(self._read)

    async def add(self, gone: Gone) -> None:
        """Write one more line, durably. Raises OSError."""
        await asyncio.to_thread(self._add, gone)

    def _read(self) -> list[Gone]:
        try:
            text = self._path.read_text("ascii")
        except FileNotFoundError:
            return []
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"{self._path}, the list of erasures, cannot be read") from error
        found = {}
        for number, line in enumerate(text.split("\n"), 1):
            match = _LINE.fullmatch(line)
            if match is not None:
                found[match[2]] = Gone(int(match[1]), match[2], match[3])
            elif not _TORN.fullmatch(line):
                raise SettingsError(f"{self._path}, the list of erasures: line {number} is none")
        return list(found.values())

    def _add(self, gone: Gone) -> None:
        made = not self._path.exists()
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            size = os.fstat(file).st_size
            torn = size > 0 and os.pread(file, 1, size - 1) != b"\n"
            os.write(file, b"\n" * torn + f"{gone.erased_at} {gone.person_id} {gone.event_id}\n".encode())
            os.fsync(file)
        finally:
            os.close(file)
        if made:
            sync(self._path.parent)
