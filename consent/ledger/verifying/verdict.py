"""What a verification found: a sentence for people, a dictionary for programs."""

from typing import Any, NamedTuple


class Fault(NamedTuple):
    """The first row that lies. table and row (its key) name it; reason says what contradicts what."""

    table: str
    row: str
    reason: str


class Verdict(NamedTuple):
    """The outcome of a whole verification.

    events: how many have a position and were recomputed. root: 32 bytes, of the tree over them. signed: how
    many of them a signed head covers. waiting: how many are queued. checkpoints: how many signed heads were
    compared with the tree. unpinned: origins whose signatures could not be checked for want of a key.
    retired: of how many only the hash stays, accounted for by events of the log.
    """

    events: int
    root: bytes
    signed: int
    waiting: int
    checkpoints: int
    unpinned: tuple[str, ...]
    fault: Fault | None
    retired: int = 0

    @property
    def ok(self) -> bool:
        return self.fault is None

    def message(self) -> str:
        """One sentence for the person who asked."""
        if self.fault is not None:
            return f"LIE in {self.fault.table}, row {self.fault.row}: {self.fault.reason}"
        checked = (
            f"{self.events} events recomputed, root {self.root.hex()}, {self.signed} under a signed head"
        )
        gone = f", {self.retired} of them retired" if self.retired else ""
        waiting = f", {self.waiting} waiting for their place" if self.waiting else ""
        unpinned = f"; signatures not checked: {', '.join(self.unpinned)}" if self.unpinned else ""
        return f"verified: {checked}{gone}{waiting}; {self.checkpoints} checkpoints agree{unpinned}"

    def as_dict(self) -> dict[str, Any]:
        """The same for a program; hashes in hexadecimal."""
        return {
            "ok": self.ok,
            "events": self.events,
            "root": self.root.hex(),
            "signed": self.signed,
            "waiting": self.waiting,
            "checkpoints": self.checkpoints,
            "retired": self.retired,
            "unpinned": list(self.unpinned),
            "fault": None if self.fault is None else self.fault._asdict(),
            "message": self.message(),
        }
