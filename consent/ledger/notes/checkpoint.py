"""Checkpoints (C2SP tlog-checkpoint): a signed note that says a log's size and root.

<origin>
<size, decimal>
<root, base64>
(extension lines, none of ours)
"""

import base64
import binascii
import re
from typing import NamedTuple

from consent.ledger.merkle import HASH_BYTES
from consent.ledger.notes.note import NoteError, Signer, Verifier, open_note, valid_name

_SIZE = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)
_TOO_MANY = 2**63  # what no column holds


class Checkpoint(NamedTuple):
    """A log's head. origin: the log's name, unique in the world. root: 32 bytes."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def text(self) -> str:
        """The note's text."""
        lines = (self.origin, str(self.size), base64.b64encode(self.root).decode(), *self.extensions)
        return "".join(f"{line}\n" for line in lines)


def parse_checkpoint(text: str) -> Checkpoint:
    """The head that a note's text states. Raises NoteError; says nothing of signatures."""
    if not text.endswith("\n"):
        raise NoteError("a checkpoint ends in a newline")
    lines = text[:-1].split("\n")
    if len(lines) < 3 or not all(lines):
        raise NoteError("a checkpoint has an origin, a size and a root, and no empty line")
    origin, size, encoded = lines[:3]
    if not valid_name(origin) or not _SIZE.fullmatch(size) or int(size) >= _TOO_MANY:
        raise NoteError("a checkpoint's origin or size is malformed")
    return Checkpoint(origin, int(size), _root(encoded), tuple(lines[3:]))


def _root(encoded: str) -> bytes:
    try:
        root = base64.b64decode(encoded.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error) as error:
        raise NoteError("a checkpoint's root is not base64") from error
    if len(root) != HASH_BYTES or base64.b64encode(root).decode() != encoded:
        raise NoteError("a checkpoint's root is not 32 bytes in canonical base64")
    return root


async def sign_checkpoint(signer: Signer, size: int, root: bytes) -> str:
    """The signed note of a head; the log's key has the origin as its name."""
    return await signer.sign(Checkpoint(signer.name, size, root).text())


def open_checkpoint(note: str, verifier: Verifier) -> Checkpoint:
    """The head in a note that `verifier` signed and whose origin is its name. Raises NoteError."""
    text, _ = open_note(note, [verifier])
    checkpoint = parse_checkpoint(text)
    if checkpoint.origin != verifier.name:
        raise NoteError("the checkpoint is of another log")
    return checkpoint
