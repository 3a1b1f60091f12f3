"""Parquet, for who analyses: made of rows that wait in a file, a group at a time. Needs pyarrow."""

from importlib.util import find_spec
from itertools import islice
from pathlib import Path

import orjson

from consent.taking.formats import COLUMNS
from foundation.errors import AccordError

_GROUP = 20_000  # rows: what is in memory at once
_NUMBERS = {"index", "revision"}


def parquet_here() -> bool:
    """Whether this server can write it."""
    return find_spec("pyarrow") is not None


def require_parquet() -> None:
    """Raises AccordError parquet_missing (501), which says what to install."""
    if not parquet_here():
        raise AccordError(
            "parquet_missing",
            "This server cannot write Parquet. Whoever runs it installs: pip install 'accord[parquet]'.",
            status=501,
        )


def write_parquet(rows: Path, to: Path) -> None:
    """Make the file. rows: JSON arrays, one a line, in the order of COLUMNS."""
    require_parquet()
    import pyarrow as pa  # noqa: PLC0415  # an optional part, and slow to load
    import pyarrow.parquet as pq  # noqa: PLC0415  # the same

    schema = pa.schema([(name, pa.int64() if name in _NUMBERS else pa.string()) for name in COLUMNS])
    with rows.open("rb") as lines, pq.ParquetWriter(to, schema, compression="zstd") as writer:
        while group := [orjson.loads(line) for line in islice(lines, _GROUP)]:
            columns = dict(zip(COLUMNS, zip(*group, strict=True), strict=True))
            writer.write_table(pa.table({name: list(held) for name, held in columns.items()}, schema=schema))
