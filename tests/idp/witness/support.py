"""A witness, and logs that show it what they signed."""

from collections.abc import Sequence
from pathlib import Path

from consent.ledger.leaf import leaf_hash
from consent.ledger.merkle import consistency_ranges
from consent.ledger.notes.adding import Submission
from consent.ledger.notes.checkpoint import Checkpoint
from consent.ledger.notes.note import Verifier
from consent.ledger.tiles import extend, hash_of
from idp.witness.judging import Answer, Witness
from idp.witness.key import WitnessKey
from idp.witness.state import State
from tests.consent.ledger.files.support import LOG, SECONDS, head_of, plain, signed


class Watch:
    """One witness; `again` is the same after a restart, or a second process."""

    def __init__(self, folder: Path, key: WitnessKey, logs: Sequence[Verifier] = (LOG,)) -> None:
        self.folder = folder
        self.key = key
        self.logs = logs
        self.state = State(folder)
        self.witness = Witness(key, self.state, logs, lambda: SECONDS)

    def again(self) -> "Watch":
        return Watch(self.folder, self.key, self.logs)

    def add(self, old: int, leaves: Sequence[bytes]) -> Answer:
        """What a log of these leaves is told, when it says that `old` of them were seen."""
        return self.witness.add(submission(old, leaves).body())


def submission(old: int, leaves: Sequence[bytes]) -> Submission:
    tiles = extend(0, {}, [leaf_hash(leaf) for leaf in leaves])
    ranges = consistency_ranges(old, len(leaves)) if 0 < old <= len(leaves) else []
    return Submission(old, tuple(hash_of(part, tiles) for part in ranges), signed(head_of(leaves)))


def fork(size: int, at: int, name: str = "fork") -> tuple[bytes, ...]:
    """The leaves of a log that went another way after its first `at`."""
    return (*plain(at), *(f"{name} {number}".encode() for number in range(size - at)))


def with_head(head: Checkpoint, old: int = 0, proof: Sequence[bytes] = ()) -> bytes:
    return Submission(old, tuple(proof), signed(head)).body()
