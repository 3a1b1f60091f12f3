"""Proofs as files (C2SP tlog-proof): that something stands in a log, and who has seen it there. Pure.

c2sp.org/tlog-proof@v1
extra <base64>              where there is any; nobody vouches for it
index <decimal>
<hash, base64>              the leaf's sibling first, one a line
(empty line)
<checkpoint>                a signed note, with its cosignatures
"""

import re
from base64 import b64encode
from typing import NamedTuple

from consent.ledger.merkle import HASH_BYTES, verify_inclusion
from consent.ledger.notes.note import NoteError, decoded
from consent.ledger.notes.policy import Opened, Policy

SUFFIX = ".tlog-proof"
_FIRST = "c2sp.org/tlog-proof@v1"
_LONGEST = 1_000_000
_MOST_HASHES = 63  # a tree of 2^63 leaves
_INDEX = re.compile(r"index (0|[1-9][0-9]{0,18})", re.ASCII)


class TlogProof(NamedTuple):
    """The parts of a proof, nothing of it checked. note: the checkpoint; extra: b"" where there is none."""

    position: int
    hashes: tuple[bytes, ...]
    note: str
    extra: bytes = b""

    def text(self) -> str:
        """The file."""
        lines = [_FIRST]
        if self.extra:
            lines.append(f"extra {b64encode(self.extra).decode()}")
        lines.append(f"index {self.position}")
        lines += (b64encode(one).decode() for one in self.hashes)
        return "\n".join(lines) + f"\n\n{self.note}"


def parse_proof(text: str) -> TlogProof:
    """The parts of a file. Raises NoteError for anything that is not written as the format says."""
    if len(text) > _LONGEST:
        raise NoteError("the proof is too long")
    head, gap, note = text.partition("\n\n")
    first, *lines = head.split("\n")
    if first != _FIRST or not gap:
        raise NoteError(f"not a proof: it begins with {_FIRST}, and a checkpoint follows an empty line")
    extra = b""
    if lines and lines[0].startswith("extra "):
        extra = decoded(lines.pop(0).removeprefix("extra "))
    index = _INDEX.fullmatch(lines[0]) if lines else None
    if index is None:
        raise NoteError("a proof says at which index the leaf stands")
    hashes = tuple(decoded(line) for line in lines[1:])
    if len(hashes) > _MOST_HASHES or any(len(one) != HASH_BYTES for one in hashes):
        raise NoteError(f"a proof's hashes are {HASH_BYTES} bytes, and {_MOST_HASHES} at most")
    return TlogProof(int(index[1]), hashes, note, extra)


def check_proof(proof: TlogProof, leaf: bytes, policy: Policy) -> Opened:
    """The checkpoint, which `policy` accepts, of a tree that holds the leaf hash `leaf` at the proof's place.

    Raises NoteError and ProofError.
    """
    opened = policy.open(proof.note)
    head = opened.checkpoint
    verify_inclusion(proof.position, head.size, leaf, proof.hashes, head.root)
    return opened
