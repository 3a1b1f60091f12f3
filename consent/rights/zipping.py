"""A ZIP archive written as it is sent: memory stays flat, and the same parts give the same bytes.

`zipfile` keeps a kilobyte of each file until the last is written, for the directory at the end. So the format
is written here (PKWARE's APPNOTE.TXT 6.3), and what the directory says waits in a temporary file.
"""

import zlib
from collections.abc import AsyncIterator
from struct import Struct, pack
from tempfile import SpooledTemporaryFile

from foundation.clock import to_datetime

Parts = AsyncIterator[tuple[str, AsyncIterator[bytes]]]
_ENOUGH = 64 * 1024
_HELD = 1024 * 1024  # of the directory, before it goes to a disk
_LIMIT, _MOST_FILES = 2**31 - 1, 2**16 - 1  # beyond these a number stands in a field of ZIP64
_THERE, _FILES_THERE = 2**32 - 1, 2**16 - 1  # stands for a number that does

_OPENING = Struct("<4s5H3L2H")  # section 4.3.7
_SIZES = Struct("<4sL2Q")  # 4.3.9
_ENTRY = Struct("<4s6H3L5H2L")  # 4.3.12
_END_64, _PLACE_64 = Struct("<4sQ2H2L4Q"), Struct("<4sLQL")  # 4.3.14, 4.3.15
_END = Struct("<4s4H2LH")  # 4.3.16
_ZIP64, _ON_UNIX, _DEFLATED = 45, 3 << 8, 8
_SIZES_FOLLOW, _UTF_8 = 0x08, 0x800
_READ_BY_ITS_OWNER = 0o100600 << 16


class _File:
    """One that is being written; start: where it begins in the archive."""

    def __init__(self, name: str, start: int, moment: tuple[int, int]) -> None:
        self.name, self.start = name.encode(), start
        flags = _SIZES_FOLLOW if name.isascii() else _SIZES_FOLLOW | _UTF_8
        self._common = (_ZIP64, flags, _DEFLATED, *moment)
        self._deflate = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        self._crc = self._size = self._deflated = 0

    def opening(self) -> bytes:
        wide = pack("<2H2Q", 1, 16, 0, 0)
        lengths = len(self.name), len(wide)
        return _OPENING.pack(b"PK\3\4", *self._common, 0, _THERE, _THERE, *lengths) + self.name + wide

    def add(self, piece: bytes) -> bytes:
        self._crc, self._size = zlib.crc32(piece, self._crc), self._size + len(piece)
        return self._counted(self._deflate.compress(piece))

    def closing(self) -> bytes:
        last = self._counted(self._deflate.flush())
        return last + _SIZES.pack(b"PK\7\x08", self._crc, self._deflated, self._size)

    def _counted(self, deflated: bytes) -> bytes:
        self._deflated += len(deflated)
        return deflated

    def entry(self) -> bytes:
        """What the directory says of it, once it is closed."""
        numbers = self._deflated, self._size, self.start
        # In this order, and none but those that need it: 4.5.3.
        large = [number for number in (self._size, self._deflated, self.start) if number > _LIMIT]
        wide = pack(f"<2H{len(large)}Q", 1, 8 * len(large), *large) if large else b""
        deflated, size, start = (_THERE if number > _LIMIT else number for number in numbers)
        head = _ENTRY.pack(
            b"PK\1\2", _ON_UNIX | _ZIP64, *self._common, self._crc, deflated, size,
            len(self.name), len(wide), 0, 0, 0, _READ_BY_ITS_OWNER, start,
        )  # fmt: skip
        return head + self.name + wide


async def zipped(parts: Parts, now: int) -> AsyncIterator[bytes]:
    """The archive of `parts`: pairs of a file's name and its content. now: each file's date, in UTC."""
    moment, taken, files, held = _moment(now), 0, 0, bytearray()
    with SpooledTemporaryFile(_HELD) as directory:
        async for name, content in parts:
            file = _File(name, taken + len(held), moment)
            held += file.opening()
            async for piece in content:
                held += file.add(piece)
                if len(held) >= _ENOUGH:
                    yield bytes(held)
                    taken += len(held)
                    held.clear()
            held += file.closing()
            directory.write(file.entry())
            files += 1
        yield bytes(held)
        start, size = taken + len(held), directory.tell()
        directory.seek(0)
        while piece := directory.read(_ENOUGH):
            yield piece
        yield _end(files, start, size)


def _end(files: int, start: int, size: int) -> bytes:
    """The last words. start, size: of the directory."""
    wide = b""
    if files > _MOST_FILES or max(start, size) > _LIMIT:
        all_of_it = files, files, size, start
        wide = _END_64.pack(b"PK\6\6", _END_64.size - 12, _ON_UNIX | _ZIP64, _ZIP64, 0, 0, *all_of_it)
        wide += _PLACE_64.pack(b"PK\6\7", 0, start + size, 1)
    files, size, start = min(files, _FILES_THERE), min(size, _THERE), min(start, _THERE)
    return wide + _END.pack(b"PK\5\6", 0, 0, files, files, size, start, 0)


def _moment(now: int) -> tuple[int, int]:
    """Time and date, as MS-DOS told them (4.4.6)."""
    at = to_datetime(now)
    date = (at.year - 1980) << 9 | at.month << 5 | at.day
    return at.hour << 11 | at.minute << 5 | at.second // 2, date


async def whole(content: bytes) -> AsyncIterator[bytes]:
    """A file that is ready."""
    yield content
