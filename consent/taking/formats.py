"""Events as lines of a file, in each format that is made line by line."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

import orjson

from consent.ledger.export import Followed
from consent.ledger.leaf import Leaf, LeafError, parse_leaf
from consent.rights import csv_files
from consent.rights.document import iso
from consent.taking.ocsf import ocsf_event

FormatName = Literal["jsonl", "csv", "parquet", "ocsf"]
COLUMNS = (
    "index", "event_id", "time", "log", "event", "outcome", "client", "person", "grant", "revision", "scopes",
    "request", "facts", "commitment", "leaf", "leaf_hash",
)  # fmt: skip


class Format(NamedTuple):
    """suffix: of the file; lines: what each piece of the log adds; head: how it begins."""

    suffix: str
    media: str
    lines: Callable[[Sequence[Followed]], bytes]
    head: bytes = b""


def columns_of(row: Followed) -> tuple[Any, ...]:
    """An event as a row of a table. What is no leaf has its text and its hash alone."""
    try:
        leaf = None if row.leaf is None else parse_leaf(row.leaf)
    except LeafError:
        leaf = None
    told = (None,) * (len(COLUMNS) - 4) if leaf is None else _told(leaf)
    return row.position, row.event_id, *told, row.leaf, row.leaf_hash.hex()


def _told(leaf: Leaf) -> tuple[Any, ...]:
    facts = orjson.dumps(dict(leaf.facts)).decode()
    who = (leaf.client, leaf.person, leaf.grant, leaf.revision, leaf.scopes, leaf.request)
    return iso(leaf.time), leaf.log, leaf.event, leaf.outcome, *who, facts, leaf.commitment


def _jsonl(rows: Sequence[Followed]) -> bytes:
    return b"".join(
        orjson.dumps({"index": row.position, "leaf": row.leaf, "leaf_hash": row.leaf_hash.hex()}) + b"\n"
        for row in rows
    )


def _csv(rows: Sequence[Followed]) -> bytes:
    return csv_files.lines([columns_of(row) for row in rows])


def _ocsf(rows: Sequence[Followed]) -> bytes:
    return b"".join(orjson.dumps(ocsf_event(row)) + b"\n" for row in rows)


def _table(rows: Sequence[Followed]) -> bytes:
    """What a Parquet file is made of in the end: it cannot be written on once it was cut."""
    return b"".join(orjson.dumps(columns_of(row)) + b"\n" for row in rows)


FORMATS: Mapping[str, Format] = {
    "jsonl": Format("jsonl", "application/jsonl", _jsonl),
    "csv": Format("csv", "text/csv; charset=utf-8", _csv, csv_files.MARK + csv_files.lines([COLUMNS])),
    "parquet": Format("parquet", "application/vnd.apache.parquet", _table),
    "ocsf": Format("ocsf.jsonl", "application/jsonl", _ocsf),
}
