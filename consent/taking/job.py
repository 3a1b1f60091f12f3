"""An export as it stands in its folder: what was asked, and how far it came.

`job.json` is replaced whole, after what it speaks of is on the disk.
"""

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import orjson

from consent.ledger.searching.search import Filters
from consent.ledger.store import Head
from consent.taking.formats import FORMATS, Format, FormatName
from consent.taking.reading import Piece, span_of
from foundation.durable import sync

JOB, MANIFEST = "job.json", "manifest.json"
_FRESH = ".fresh"
PROOF_SUFFIX = ".proof"

State = Literal["making", "ready", "failed"]


@dataclass(frozen=True, slots=True)
class Order:
    """What was asked. typed: filter -> text, as someone wrote it. checkpoint: signs the tree (size, root)."""

    id: str
    owner_id: str
    format: FormatName
    typed: Mapping[str, str]
    filters: Filters
    made_at: int
    origin: str
    size: int
    root: str
    checkpoint: str

    @property
    def made_as(self) -> Format:
        return FORMATS[self.format]

    @property
    def name(self) -> str:
        """Of the file that is made."""
        return f"accord-{self.id}.{self.made_as.suffix}"

    @property
    def span(self) -> Piece:
        return span_of(self.filters, self.size)


@dataclass(frozen=True, slots=True)
class Come:
    """How far it came. position: what is before it is done; covered: what the proof covers ends before it.

    size, proof_size: bytes on the disk. first_at, last_at: ids of the first and the last event taken.
    """

    position: int
    covered: int = 0
    rows: int = 0
    retired: int = 0
    size: int = 0
    proof_size: int = 0
    first_id: str = ""
    last_id: str = ""
    state: State = "making"
    ended_at: int = 0


@dataclass(frozen=True, slots=True)
class Job:
    """An export, whatever its state."""

    folder: Path
    order: Order
    come: Come = field(default_factory=lambda: Come(0))

    @property
    def file(self) -> Path:
        return self.folder / self.order.name

    @property
    def proof(self) -> Path:
        return self.folder / f"{self.order.name}{PROOF_SUFFIX}"

    @property
    def manifest(self) -> Path:
        return self.folder / MANIFEST

    @property
    def lines(self) -> Path:
        """What the pieces are written to: the file, or what it is made of in the end."""
        return self.folder / "rows.jsonl" if self.order.format == "parquet" else self.file

    @property
    def done(self) -> int:
        return self.come.position - self.order.span.start

    @property
    def whole(self) -> int:
        """Positions in all."""
        return self.order.span.end - self.order.span.start

    def save(self) -> None:
        """Remember it, whole or not at all."""
        order = asdict(self.order) | {"filters": list(self.order.filters)}
        put(self.folder / JOB, orjson.dumps({"order": order, "come": asdict(self.come)}))

    def tidy(self) -> None:
        """Drop what was needed while it was made: whoever is killed at the last step leaves it."""
        if self.lines != self.file:
            self.lines.unlink(missing_ok=True)


def put(path: Path, data: bytes) -> None:
    """Have a file hold this, whole or not at all, and on the disk."""
    fresh = path.with_suffix(_FRESH)
    with fresh.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    sync(path.parent)


def is_blank(folder: Path) -> bool:
    """Whether nothing stands there, or no more than what was left by who was killed as it began."""
    if not folder.exists():
        return True
    return folder.is_dir() and all(path.name == f"job{_FRESH}" for path in folder.iterdir())


def order_of(head: Head, origin: str, **asked: Any) -> Order:  # noqa: ANN401  # the rest of an order
    """An order of what is in the tree of a signed head."""
    return Order(origin=origin, size=head.size, root=head.root.hex(), checkpoint=head.note, **asked)


def begin(folder: Path, order: Order) -> Job:
    """Make room for it, in a folder that is blank."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    job = Job(folder, order, Come(order.span.start))
    job.save()
    return job


def load(folder: Path) -> Job | None:
    """What a folder holds; None when it holds no export."""
    try:
        kept = orjson.loads((folder / JOB).read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return None
    order = kept["order"]
    order["filters"] = Filters(*order["filters"])
    return Job(folder, Order(**order), Come(**kept["come"]))
