"""Which leaves of a bundle are missing, and with which period they went.

    <log> <month> <256 bits in hexadecimal, the lowest stands for the first leaf>

One such line a period, in `retired/<n>` beside the bundle of the same number. It says where an event of the
log has to account for what is missing; that it does is checked at the end.
"""

import re
from collections.abc import Mapping

from consent.ledger.files.layout import RETIRED, Part
from consent.ledger.files.reading import LieError, Reader, read_part
from consent.ledger.leaf import LOGS
from consent.ledger.retiring.retired import Period
from consent.ledger.tiles import WIDTH

_LINE = re.compile(r"([a-z]+) ([0-9]{4}-[0-9]{2}) ([0-9a-f]{64})", re.ASCII)


def join_retired(gone: Mapping[int, Period]) -> bytes:
    """The file for a bundle. gone: by the leaf's number in its bundle."""
    bits: dict[Period, int] = {}
    for at, period in gone.items():
        bits[period] = bits.get(period, 0) | 1 << at
    return b"".join(f"{one.log} {one.month} {bits[one]:064x}\n".encode() for one in sorted(bits))


def read_retired(reader: Reader, number: int, width: int) -> tuple[str, dict[int, Period]]:
    """The file's name; and with which period leaves of a bundle went, by their number. Raises LieError."""
    found = read_part(reader, Part(RETIRED, number, width))
    gone: dict[int, Period] = {}
    at = 0
    for line in found.data.split(b"\n")[:-1]:
        fields = _LINE.fullmatch(line.decode("latin-1"))
        if fields is None or fields[1] not in LOGS:
            raise LieError(found.path, at, "not a class, a month and 256 bits")
        period, bits = Period(fields[1], fields[2]), int(fields[3], 16)
        for entry in (one for one in range(WIDTH) if bits >> one & 1):
            if gone.setdefault(entry, period) != period:
                raise LieError(found.path, at, f"leaf {entry} went with another period already")
        at += len(line) + 1
    if at != len(found.data):
        raise LieError(found.path, at, "the line does not end")
    return found.path, gone
