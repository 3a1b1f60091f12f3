"""Where the verifier reads files from, and the first lie that it found in them."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, Protocol

from consent.ledger.files.layout import Part
from consent.ledger.leaf import MAX_BYTES
from consent.ledger.tiles import WIDTH

# One byte more than the longest file that tells the truth: what is longer lies, and is not held in memory.
_MOST_BYTES = WIDTH * (MAX_BYTES + 2) + 1


class LieError(Exception):
    """A file does not say what the signed root says. offset: in bytes, of the first that lies."""

    def __init__(self, file: str, offset: int, reason: str) -> None:
        super().__init__(f"{file}, byte {offset}: {reason}")
        self.file = file
        self.offset = offset
        self.reason = reason


class Found(NamedTuple):
    """A file that is there. path: the one that holds the part, which may be a wider one."""

    path: str
    data: bytes


class Reader(Protocol):
    """Files by their names, with slashes. `names` may leave out what it cannot list."""

    def read(self, path: str) -> bytes | None:
        """The whole file, or None where there is none."""

    def names(self) -> Iterator[str]:
        """What there is."""


class Folder:
    """A directory."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def read(self, path: str) -> bytes | None:
        try:
            with (self._root / path).open("rb") as file:
                return file.read(_MOST_BYTES)
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None

    def names(self) -> Iterator[str]:
        for folder, _, files in os.walk(self._root):
            under = Path(folder).relative_to(self._root)
            for name in files:
                yield (under / name).as_posix()


def read_part(reader: Reader, part: Part) -> Found:
    """The file of a part, or the full one that took its place. Raises LieError."""
    for path in (part.path, part._replace(width=WIDTH).path):
        data = reader.read(path)
        if data is not None:
            return Found(path, data)
    raise LieError(part.path, 0, "missing")
