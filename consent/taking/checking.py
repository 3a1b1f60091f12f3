"""An export checked with its files and a pinned key alone: nothing is asked of anybody."""

import csv
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from consent.ledger.leaf import leaf_hash
from consent.ledger.merkle import ProofError
from consent.ledger.notes.checkpoint import Checkpoint
from consent.ledger.notes.note import NoteError
from consent.ledger.notes.policy import Policy
from consent.taking.covering import Taken, root_of
from consent.taking.making import sha256_of
from consent.taking.parquet import require_parquet

_GROUP = 10_000
_LONGEST_CELL = 1 << 20


class ExportError(Exception):
    """An export is not what its manifest says. The text names what lies."""


class Checked(NamedTuple):
    """What an export proves: its rows are the log's. complete: and none of its range was left out."""

    rows: int
    size: int
    complete: bool


def check_export(manifest: Path, policy: Policy) -> Checked:
    """Check an export beside its manifest. Raises ExportError."""
    try:
        said = orjson.loads(manifest.read_bytes())
        return _check(manifest.parent, said, policy)
    except (KeyError, TypeError, ValueError, csv.Error) as error:
        raise ExportError(f"it cannot be read: {error!r}") from error
    except OSError as error:
        raise ExportError(f"a file is missing: {error}") from error


def _check(folder: Path, said: Mapping[str, Any], policy: Policy) -> Checked:
    for part in ("file", "proof"):
        if sha256_of(_beside(folder, said[part]["name"])) != said[part]["sha256"]:
            raise ExportError(f"{said[part]['name']} is not the file that the manifest names")
    head = _opened(said["checkpoint"], policy)
    counted = _Counted(_READERS[said["format"]](_beside(folder, said["file"]["name"])))
    try:
        root = root_of(head.size, iter(counted), _proof(_beside(folder, said["proof"]["name"])))
    except ProofError as error:
        raise ExportError(str(error)) from error
    if root != head.root:
        raise ExportError("the events and the proof lead to another root than the checkpoint signs")
    first, end, rows = said["positions"]["first"], said["positions"]["end"], counted.rows
    if rows != said["rows"] or (rows and not first <= counted.first <= counted.last < end <= head.size):
        raise ExportError(f"the manifest says {said['rows']} events from {first} to {end}, these are others")
    complete = counted.rows == end - first
    if said["completeness"]["proven"] and not complete:
        raise ExportError("the manifest says that the range is complete, and it is not")
    return Checked(counted.rows, head.size, complete)


def _beside(folder: Path, name: str) -> Path:
    if Path(name).name != name:
        raise ExportError(f"{name} does not stand beside the manifest")
    return folder / name


def _opened(checkpoint: str, policy: Policy) -> Checkpoint:
    try:
        return policy.open(checkpoint).checkpoint
    except NoteError as error:
        raise ExportError(f"the checkpoint: {error}") from error


class _Counted:
    """Leaves as they pass, and where the first and the last stand."""

    def __init__(self, taken: Iterator[Taken]) -> None:
        self._taken = taken
        self.rows, self.first, self.last = 0, -1, -1

    def __iter__(self) -> Iterator[Taken]:
        for one in self._taken:
            self.first, self.last = (one.position if not self.rows else self.first), one.position
            self.rows += 1
            yield one


def _proof(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        for line in file:
            yield b64decode(line.rstrip(b"\n"), validate=True)


def _taken(position: int, leaf: str | None, hashed: str) -> Taken:
    """A row: the hash is that of its leaf, where there is one."""
    return Taken(position, leaf_hash(leaf.encode()) if leaf else bytes.fromhex(hashed))


def _jsonl(path: Path) -> Iterator[Taken]:
    with path.open("rb") as file:
        for row in map(orjson.loads, file):
            yield _taken(row["index"], row["leaf"], row["leaf_hash"])


def _ocsf(path: Path) -> Iterator[Taken]:
    with path.open("rb") as file:
        for row in map(orjson.loads, file):
            hashed = row["unmapped"].get("leaf_hash", "")
            yield _taken(row["metadata"]["sequence"], row.get("raw_data"), hashed)


def _csv(path: Path) -> Iterator[Taken]:
    csv.field_size_limit(_LONGEST_CELL)
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            yield _taken(int(row["index"]), row["leaf"], row["leaf_hash"])


def _parquet(path: Path) -> Iterator[Taken]:
    require_parquet()
    import pyarrow.parquet as pq  # noqa: PLC0415  # an optional part, and slow to load

    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(_GROUP, columns=["index", "leaf", "leaf_hash"]):
            for row in batch.to_pylist():
                yield _taken(row["index"], row["leaf"], row["leaf_hash"])


_READERS: Mapping[str, Callable[[Path], Iterator[Taken]]] = {
    "jsonl": _jsonl,
    "csv": _csv,
    "ocsf": _ocsf,
    "parquet": _parquet,
}
