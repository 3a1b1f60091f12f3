"""What a log sends to a witness (C2SP tlog-witness, `add-checkpoint`).

old <size>
(consistency proof, a hash a line, base64)
(empty line)
(the checkpoint, a signed note)
"""

import base64
import re
from typing import NamedTuple

from consent.ledger.merkle import HASH_BYTES
from consent.ledger.notes.note import NoteError, decoded

PATH = "/add-checkpoint"
MOST_BYTES = 131_072  # 63 hashes, and sixteen signatures of the largest kind
SIZE_MEDIA = "text/x.tlog.size"  # of the answer that says which size the witness knows
_MOST_HASHES = 63
_OLD = re.compile(r"old (0|[1-9][0-9]{0,18})", re.ASCII)


class Submission(NamedTuple):
    """A new checkpoint. old: the size that the witness saw last; proof: from there; note: the checkpoint."""

    old: int
    proof: tuple[bytes, ...]
    note: str

    def body(self) -> bytes:
        lines = (f"old {self.old}", *(base64.b64encode(one).decode() for one in self.proof), "", self.note)
        return "\n".join(lines).encode()


def parse_submission(body: bytes) -> Submission:
    """What a body says. Raises NoteError for hostile or malformed text."""
    try:
        head, gap, note = body.decode().partition("\n\n")
    except UnicodeDecodeError as error:
        raise NoteError("not UTF-8") from error
    first, *hashes = head.split("\n")
    old = _OLD.fullmatch(first)
    if not gap or old is None or len(hashes) > _MOST_HASHES:
        raise NoteError("an old size, at most 63 hashes, an empty line and a checkpoint")
    proof = tuple(decoded(line) for line in hashes)
    if any(len(one) != HASH_BYTES for one in proof):
        raise NoteError("a hash of the proof is not 32 bytes")
    return Submission(int(old[1]), proof, note)
