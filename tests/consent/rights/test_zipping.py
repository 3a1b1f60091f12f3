"""Archives as they are sent: read by others, of any size, in memory that stays flat."""

import io
import tracemalloc
import zipfile

import pytest

from consent.rights import zipping
from consent.rights.zipping import whole, zipped
from foundation.clock import SECOND

NOW = 1_800_000_001 * SECOND  # 2027-01-15 08:00:01
FILES = {
    "LISEZMOI-README.txt": b"",
    "events/1.json": b"{}",
    "données.csv": b"\xff\x00",
    "reads.csv": bytes(range(256)) * 1_000,
}


async def parts():
    for name, content in FILES.items():
        yield name, pieces(content)


async def pieces(content):
    for start in range(0, len(content), 100_000):
        yield content[start : start + 100_000]


async def small(count):
    for number in range(count):
        yield f"events/{number:032x}.json", whole(b'{"number":%d}' % number)


async def taken(given):
    return b"".join([piece async for piece in zipped(given, NOW)])


async def test_what_is_sent_is_read_by_others():
    sent = await taken(parts())
    assert sent == await taken(parts())
    found = zipfile.ZipFile(io.BytesIO(sent))
    assert found.testzip() is None
    assert {name: found.read(name) for name in found.namelist()} == FILES
    for one in found.infolist():
        assert one.date_time == (2027, 1, 15, 8, 0, 0)
        assert (one.external_attr >> 16) & 0o777 == 0o600


@pytest.mark.parametrize("limit", [0, 10, 1_000])
async def test_numbers_that_are_too_large_stand_in_fields_of_their_own(monkeypatch, limit):
    monkeypatch.setattr(zipping, "_LIMIT", limit)
    monkeypatch.setattr(zipping, "_MOST_FILES", limit // 300)
    found = zipfile.ZipFile(io.BytesIO(await taken(parts())))
    assert found.testzip() is None
    assert {name: found.read(name) for name in found.namelist()} == FILES
    assert any(one.extra for one in found.infolist())


async def test_more_files_than_a_field_can_count():
    many = 2**16 + 1
    found = zipfile.ZipFile(io.BytesIO(await taken(small(many))))
    assert len(found.namelist()) == many
    assert found.read(found.namelist()[-1]) == b'{"number":65536}'


async def test_no_file_is_kept_in_memory_until_the_last(monkeypatch):
    monkeypatch.setattr(zipping, "_HELD", 10_000)
    peaks = []
    for count in (1_000, 8_000):
        tracemalloc.start()
        async for _ in zipped(small(count), NOW):
            pass
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] - peaks[0] < 200_000  # bytes
