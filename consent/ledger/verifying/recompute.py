"""Recomputing the tree leaf by leaf, and what each stored row should therefore say. Pure.

The verifier feeds rows in order of position; whatever contradicts the raw leaves is a Fault, the first one
first.
"""

from collections.abc import Mapping
from typing import NamedTuple

from consent.ledger.leaf import Leaf, LeafError, leaf_hash, parse_leaf
from consent.ledger.merkle import HASH_BYTES, fold, node_hash
from consent.ledger.notes.checkpoint import open_checkpoint
from consent.ledger.notes.note import NoteError, Verifier
from consent.ledger.shelves import shelf_of
from consent.ledger.tables import COPIED
from consent.ledger.tiles import HEIGHT, WIDTH, TileId, Tiles
from consent.ledger.verifying.verdict import Fault


class Placed(NamedTuple):
    """A row of `ledger_entry` with the event it points to (None where there is no such event)."""

    position: int
    shelf: int
    event_id: str
    leaf_hash: bytes
    time: int
    event: str
    log: str
    outcome: str
    client: str | None
    person: str | None
    grant_id: str | None
    request: str | None
    leaf: str | None
    sealed: bytes | None


class Signed(NamedTuple):
    """A row of `ledger_checkpoint`."""

    origin: str
    size: int
    root: bytes
    note: str


class Tree:
    """The tree over the leaves seen so far: one hash per complete subtree of its right edge."""

    def __init__(self) -> None:
        self.size = 0
        self._edge: list[tuple[int, bytes]] = []  # (level, hash), falling levels

    def root(self) -> bytes:
        return fold([one for _, one in self._edge])

    def push(self, leaf: bytes, tiles: Tiles) -> Fault | None:
        """Add a leaf hash; a fault when a tile holds another hash for a subtree that this leaf completes."""
        level, number, computed = 0, self.size, leaf
        fault = None
        while self._edge and self._edge[-1][0] == level:
            computed = node_hash(self._edge.pop()[1], computed)
            level, number = level + 1, number >> 1
            if fault is None and level % HEIGHT == 0:
                fault = _differs(tiles, level // HEIGHT, number, computed)
        self._edge.append((level, computed))
        self.size += 1
        return fault


def hash_in(tiles: Tiles, level: int, number: int) -> bytes:
    """What the tiles of a level hold for its node of that number; fewer than 32 bytes where they do not."""
    at = number % WIDTH * HASH_BYTES
    return tiles.get(TileId(level, number // WIDTH), b"")[at : at + HASH_BYTES]


def _differs(tiles: Tiles, level: int, number: int, computed: bytes) -> Fault | None:
    stored = hash_in(tiles, level, number)
    if stored == computed:
        return None
    tile = TileId(level, number // WIDTH)
    what = "holds another hash" if len(stored) == HASH_BYTES else "has no hash"
    return tile_fault(tile, f"{what} at {number % WIDTH} (node {number} of level {level * HEIGHT})")


def check_gone(position: int, tiles: Tiles) -> Fault | bytes:
    """The hash that stays of a leaf that went with its period, or that it is missing."""
    stored = hash_in(tiles, 0, position)
    return _differs(tiles, 0, position, b"") or stored if len(stored) != HASH_BYTES else stored


def tile_fault(tile: TileId, reason: str) -> Fault:
    return Fault("ledger_tile", f"level={tile.level} tile_index={tile.number}", reason)


def mistyped(row: tuple[object, ...]) -> str | None:
    """The first field of a row that is not of its declared type: SQLite leaves types to whoever writes."""
    for (name, kinds), value in zip(row.__annotations__.items(), row, strict=True):
        if not isinstance(value, kinds):
            return str(name)
    return None


def check_row(row: Placed, tiles: Tiles) -> Fault | Leaf:
    """The parsed leaf of a row that tells the truth, or what in it is false.

    A leaf's hash is stored twice beside it, in its entry and in its tile: of three, the odd one out lies.
    """
    key = f"position={row.position}"
    wrong = mistyped(row)
    if wrong is not None:
        of_event = wrong in {"leaf", "sealed"}
        table, where = ("ledger_event", f"id={row.event_id}") if of_event else ("ledger_entry", key)
        return Fault(table, where, f"column {wrong} holds a value of another type")
    if row.leaf is None:
        return Fault("ledger_entry", key, f"its event {row.event_id} does not exist")
    fault = _check_hash(row, leaf_hash(row.leaf.encode()), tiles, key)
    if fault is not None:
        return fault
    try:
        leaf = parse_leaf(row.leaf)
    except LeafError as error:
        return Fault("ledger_event", f"id={row.event_id}", f"its leaf is not format v1: {error}")
    return _check_columns(row, leaf, key) or leaf


def _check_hash(row: Placed, computed: bytes, tiles: Tiles, key: str) -> Fault | None:
    if computed == row.leaf_hash:
        return _differs(tiles, 0, row.position, computed)
    if computed == hash_in(tiles, 0, row.position):
        return Fault("ledger_entry", key, "column leaf_hash is not the hash of its event's leaf")
    reason = f"the leaf does not hash to what its entry ({key}) and its tile hold"
    return Fault("ledger_event", f"id={row.event_id}", reason)


def _check_columns(row: Placed, leaf: Leaf, key: str) -> Fault | None:
    if leaf.id != row.event_id:
        return Fault("ledger_event", f"id={row.event_id}", f"its leaf is that of event {leaf.id}")
    if row.shelf != shelf_of(row.position):
        return Fault("ledger_entry", key, f"column shelf says {row.shelf}, the position is on another")
    for column, name in COPIED.items():
        told, true = getattr(row, column), getattr(leaf, name)
        if told != true:
            return Fault("ledger_entry", key, f"column {column} says {told!r}, the leaf says {true!r}")
    if row.sealed is not None and leaf.commitment is None:
        reason = "a sealed payload stands beside a leaf that committed to none"
        return Fault("ledger_event", f"id={row.event_id}", reason)
    return None


def check_checkpoint(row: Signed, tree: Tree, pinned: Mapping[str, Verifier]) -> Fault | None:
    """Whether a signed head of this very size states the recomputed root, under a good signature."""
    where, key = "ledger_checkpoint", f"origin={row.origin} size={row.size}"
    if mistyped(row) is not None:
        return Fault(where, key, f"column {mistyped(row)} holds a value of another type")
    if row.root != tree.root():
        return Fault(where, key, "the events up to here do not lead to the root that was signed")
    verifier = pinned.get(row.origin)
    if verifier is None:
        return None
    try:
        head = open_checkpoint(row.note, verifier)
    except NoteError as error:
        return Fault(where, key, f"its note does not verify: {error}")
    if (head.size, head.root) != (row.size, row.root):
        return Fault(where, key, f"its note signs another head, of size {head.size}")
    return None
