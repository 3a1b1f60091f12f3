"""A ZIP archive written as it is sent: memory stays flat, and the same parts give the same bytes."""

import io
from collections.abc import AsyncIterator
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from foundation.clock import to_datetime

Parts = AsyncIterator[tuple[str, AsyncIterator[bytes]]]
_ENOUGH = 64 * 1024
_READ_BY_ITS_OWNER = 0o100600 << 16


class _Sink(io.RawIOBase):
    """Takes what the archive writes, and hands it on. Nothing can go back in it."""

    def __init__(self) -> None:
        self._held: list[bytes] = []
        self.size = 0

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]  # the archive writes bytes alone
        self._held.append(bytes(data))
        self.size += len(data)
        return len(data)

    def take(self) -> bytes:
        taken, self._held, self.size = b"".join(self._held), [], 0
        return taken


async def zipped(parts: Parts, now: int) -> AsyncIterator[bytes]:
    """The archive of `parts`: pairs of a file's name and its content. now: each file's date, in UTC."""
    sink = _Sink()
    with ZipFile(sink, "w", ZIP_DEFLATED) as archive:
        async for name, content in parts:
            with archive.open(_file(name, now), "w", force_zip64=True) as file:
                async for piece in content:
                    file.write(piece)
                    if sink.size >= _ENOUGH:
                        yield sink.take()
    yield sink.take()


def _file(name: str, now: int) -> ZipInfo:
    date = to_datetime(now)
    info = ZipInfo(name, (date.year, date.month, date.day, date.hour, date.minute, date.second // 2 * 2))
    info.compress_type, info.external_attr = ZIP_DEFLATED, _READ_BY_ITS_OWNER
    return info


async def whole(content: bytes) -> AsyncIterator[bytes]:
    """A file that is ready."""
    yield content
