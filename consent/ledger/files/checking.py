"""The offline verifier: a log's files, a pinned policy, and nothing else of ours. Pure over a `Reader`.

First the checkpoint: signed by a known log, cosigned by a quorum. Then, from its root down, every tile; each
leaf against its proved hash; each missing leaf against the event that accounts for it; whether the tree
extends the one that was pinned before; at last what stands there beside the tree.
"""

from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any, NamedTuple

from consent.ledger.files.ahead import RETIRING, Look, looked_at
from consent.ledger.files.formed import OddLeafError, check_formed
from consent.ledger.files.layout import (
    CHECKPOINT,
    ENTRIES,
    Part,
    offset_of,
    split_entries,
    tile_part,
    width_of,
)
from consent.ledger.files.missing import read_retired
from consent.ledger.files.reading import LieError, Reader, read_part
from consent.ledger.files.strays import check_strays
from consent.ledger.files.walking import LeafTile, proved_leaves
from consent.ledger.leaf import LeafError, leaf_hash, parse_leaf
from consent.ledger.merkle import EMPTY_ROOT, Range
from consent.ledger.notes.checkpoint import Checkpoint
from consent.ledger.notes.note import NoteError, parse_note
from consent.ledger.notes.policy import Opened, Policy
from consent.ledger.retiring.retired import Missing
from consent.ledger.tiles import WIDTH, hash_of, tiles_of

Progress = Callable[[int, int], None]  # (leaves checked, leaves in all)


class Asked(NamedTuple):
    """What is checked. pinned: an older checkpoint that is believed. leaves: with them, or hashes only.

    opaque: leaves may say anything, as in logs of others. crowd: processes that look ahead (ahead.py); the
    reader goes to them.
    """

    policy: Policy
    pinned: Checkpoint | None = None
    leaves: bool = True
    progress: Progress | None = None
    opaque: bool = False
    crowd: Executor | None = None


class Checked(NamedTuple):
    """What a check found out before it ended. missing: leaves that went with their period."""

    opened: Opened | None
    leaves: int
    missing: int
    lie: LieError | None

    @property
    def ok(self) -> bool:
        return self.lie is None

    def message(self) -> str:
        """One sentence for the person who asked."""
        if self.lie is not None:
            return f"LIE in {self.lie}"
        if self.opened is None:
            return "nothing was checked"
        head, witnesses = self.opened
        seen_by = ", ".join(ascii(one.name)[1:-1] for one in witnesses) or "nobody"
        gone = f", {self.missing} of them retired" if self.missing else ""
        return f"verified: {head.size} events{gone}, root {head.root.hex()}, witnessed by {seen_by}"

    def as_dict(self) -> dict[str, Any]:
        """The same for a program; the root in hexadecimal."""
        head, witnesses = self.opened or (None, ())
        lie = self.lie
        return {
            "ok": self.ok,
            "origin": None if head is None else head.origin,
            "size": None if head is None else head.size,
            "root": None if head is None else head.root.hex(),
            "checked": self.leaves,
            "retired": self.missing,
            "witnesses": [ascii(one.name)[1:-1] for one in witnesses],
            "lie": None if lie is None else {"file": lie.file, "offset": lie.offset, "reason": lie.reason},
            "message": self.message(),
        }


def check_files(reader: Reader, asked: Asked) -> Checked:
    """Recompute the whole log from its files; the first lie is named, none is passed over."""
    walk = _Walk(reader, asked)
    try:
        walk.run()
    except LieError as lie:
        return Checked(walk.opened, walk.leaves, walk.missing, lie)
    return Checked(walk.opened, walk.leaves, walk.missing, None)


class _Walk:
    def __init__(self, reader: Reader, asked: Asked) -> None:
        self._reader = reader
        self._asked = asked
        self._gone = Missing()
        self.opened: Opened | None = None
        self.leaves = 0
        self.missing = 0

    def run(self) -> None:
        self.opened = opened = _open(self._reader, self._asked.policy)
        head = opened.checkpoint
        crowd = self._asked.crowd if self._asked.leaves else None
        look = Look(self._reader, self._asked.opaque)
        for tile, plain in looked_at(proved_leaves(self._reader, head.size, head.root), look, crowd):
            if self._asked.leaves and not plain:
                self._bundle(tile)
            self.leaves += len(tile.hashes)
            if self._asked.progress is not None:
                self._asked.progress(self.leaves, head.size)
        unaccounted = self._gone.unaccounted()
        if unaccounted is not None:
            period, position = unaccounted
            number = position // WIDTH
            part = Part(ENTRIES, number, width_of(0, number, head.size))
            raise LieError(
                part.path, 0, f"no event accounts for the missing leaves of {period.log} {period.month}"
            )
        if self._asked.pinned is not None:
            _check_extends(self._reader, head, self._asked.pinned)
        check_strays(self._reader, head.size)

    def _bundle(self, tile: LeafTile) -> None:
        """Each leaf of a bundle, held to its proved hash."""
        width = len(tile.hashes)
        part = Part(ENTRIES, tile.number, width)
        found = read_part(self._reader, part)
        leaves, end = split_entries(found.data, width)
        hashes = [leaf_hash(leaf) for leaf in leaves]
        wrong = [] if hashes == tile.hashes else _apart(hashes, tile.hashes)
        # What stands there and is wrong comes first; whether a leaf may be missing is another file's to say.
        if (odd := next((at for at in wrong if leaves[at : at + 1] != [b""]), None)) is not None:
            event = tile.number * WIDTH + odd
            reason = f"not the leaf of event {event}" if odd < len(leaves) else "it breaks off"
            raise LieError(found.path, offset_of(leaves, odd), reason)
        if end != len(found.data) and found.path == part.path:
            raise LieError(found.path, end, "more than the bundle's leaves")
        if wrong:
            self._account(tile, wrong)
        if not self._asked.opaque:
            _check_formed(found.path, leaves)
        if RETIRING in found.data:
            self._retiring(leaves)

    def _account(self, tile: LeafTile, missing: list[int]) -> None:
        """All that is wrong with a bundle is that leaves are missing."""
        path, gone = read_retired(self._reader, tile.number, len(tile.hashes))
        for at in sorted(gone.keys() ^ set(missing)):
            what = "is missing and nothing says why" if at in missing else "is said to be missing and is not"
            raise LieError(path, 0, f"leaf {at} of its bundle {what}")
        for at in missing:
            self._gone.gone(gone[at], tile.number * WIDTH + at, tile.hashes[at])
        self.missing += len(missing)

    def _retiring(self, leaves: list[bytes]) -> None:
        for leaf in leaves:
            if RETIRING in leaf:
                try:
                    self._gone.met(parse_leaf(leaf.decode()))
                except (LeafError, UnicodeDecodeError):
                    continue  # it accounts for nothing


def _apart(said: list[bytes], proved: list[bytes]) -> list[int]:
    """Where two lists of hashes differ; where the first one ends, all that the second goes on with."""
    return [at for at, hashed in enumerate(proved) if said[at : at + 1] != [hashed]]


def _check_formed(path: str, leaves: list[bytes]) -> None:
    try:
        check_formed(leaves)
    except OddLeafError as odd:
        raise LieError(path, offset_of(leaves, odd.at), str(odd)) from None


def _open(reader: Reader, policy: Policy) -> Opened:
    """The checkpoint that the policy accepts. Raises LieError."""
    data = reader.read(CHECKPOINT)
    if data is None:
        raise LieError(CHECKPOINT, 0, "missing")
    try:
        note = data.decode()
    except UnicodeDecodeError as error:
        raise LieError(CHECKPOINT, error.start, "not UTF-8") from None
    try:
        return policy.open(note)
    except NoteError as error:
        raise LieError(CHECKPOINT, _wrong_line(note, policy), str(error)) from None


def _wrong_line(note: str, policy: Policy) -> int:
    """Where the first signature line of a known key that does not verify stands; 0 for none."""
    keys = [*(one.verifier for one in policy.logs), *(one.cosigner for one in policy.witnesses)]
    try:
        parsed = parse_note(note)
    except NoteError:
        return 0
    at = len(parsed.text.encode()) + 1
    lines = note.encode()[at:].splitlines(keepends=True)
    for line, signature in zip(lines, parsed.signatures, strict=True):
        try:
            for key in keys:
                if (key.name, key.key_id) == (signature.name, signature.key_id):
                    key.verify(parsed.text, signature.data)
        except NoteError:
            return at
        at += len(line)
    return 0


def _check_extends(reader: Reader, head: Checkpoint, old: Checkpoint) -> None:
    """Whether the tree begins with the one that was pinned. Raises LieError."""
    if old.origin != head.origin:
        raise LieError(CHECKPOINT, 0, f"another log than {old.origin}, which was pinned")
    if old.size > head.size:
        raise LieError(CHECKPOINT, 0, f"it ends before the {old.size} events that were pinned")
    whole = Range(0, old.size)
    tiles = {}
    for tile in tiles_of([whole]):
        width = width_of(tile.level, tile.number, head.size)
        tiles[tile] = read_part(reader, tile_part(tile, width)).data
    if (hash_of(whole, tiles) if old.size else EMPTY_ROOT) != old.root:
        raise LieError(CHECKPOINT, 0, f"another history: its first {old.size} events are not those pinned")
