"""Cosignatures (C2SP tlog-cosignature, cosignature/v1): what a witness says of a checkpoint.

As of a time, the largest tree that it has seen of this log is this one, and each one before was its
beginning. What follows the key id on a signature line is the time (8 bytes, seconds, big-endian) and an
Ed25519 signature over the lines `cosignature/v1` and `time <seconds>` and the note's text.
"""

from collections.abc import Callable

from consent.ledger.notes.note import COSIGNATURE, NoteError, Signature, Verifier

_TIME_BYTES = 8
_BYTES = _TIME_BYTES + 64
_LATEST = 2**63


class Cosigner(Verifier):
    """A witness's public key under its name."""

    KIND = COSIGNATURE

    def verify(self, text: str, signature: bytes) -> None:
        """Raises NoteError unless `signature` is a cosignature of this key over `text`."""
        super().verify(_message(text, cosigned_at(signature)), signature[_TIME_BYTES:])


def cosigned_at(signature: bytes) -> int:
    """When a cosignature says it was made, in seconds since the epoch. Raises NoteError."""
    seconds = int.from_bytes(signature[:_TIME_BYTES], "big")
    if len(signature) != _BYTES or not 0 < seconds < _LATEST:
        raise NoteError("a cosignature is a time and a signature of 64 bytes")
    return seconds


def cosign(cosigner: Cosigner, sign: Callable[[bytes], bytes], text: str, seconds: int) -> str:
    """The signature line of a witness under a checkpoint's text. sign: with the witness's Ed25519 key."""
    data = seconds.to_bytes(_TIME_BYTES, "big") + sign(_message(text, seconds).encode())
    return Signature(cosigner.name, cosigner.key_id, data).line


def _message(text: str, seconds: int) -> str:
    return f"cosignature/v1\ntime {seconds}\n{text}"
