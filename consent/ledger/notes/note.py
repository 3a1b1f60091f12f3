"""Signed notes (C2SP signed-note): a text, and Ed25519 signatures that name their keys.

text, ending in a newline
(empty line)
— <key name> base64(4 bytes of key id || signature)
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

ED25519 = b"\x01"  # signature types
COSIGNATURE = b"\x04"
_KEY_BYTES = 32
_ID_BYTES = 4
_MAX_NOTE = 1_000_000
_MAX_SIGNATURES = 100
_HEX_ID = re.compile(r"[0-9a-f]{8}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")


class NoteError(Exception):
    """A note or a verifier key is malformed, or a signature is missing or wrong."""


class Signature(NamedTuple):
    """One signature line, undecided. data: what follows the key id."""

    name: str
    key_id: bytes
    data: bytes

    @property
    def line(self) -> str:
        return f"— {self.name} {base64.b64encode(self.key_id + self.data).decode()}\n"


class Note(NamedTuple):
    """A parsed note whose signatures nobody has checked yet."""

    text: str
    signatures: tuple[Signature, ...]


def valid_name(name: str) -> bool:
    """Whether a key may be called so: not empty, no space, no plus sign, printable."""
    return bool(name) and not any(char.isspace() or char == "+" or not char.isprintable() for char in name)


def key_id(name: str, public: bytes, kind: bytes = ED25519) -> bytes:
    """SHA-256(name || 0x0A || type || public key), first four bytes."""
    return hashlib.sha256(name.encode() + b"\n" + kind + public).digest()[:_ID_BYTES]


class Verifier:
    """A public key under its name, as pinned by whoever checks."""

    KIND = ED25519

    def __init__(self, name: str, public: bytes) -> None:
        if not valid_name(name):
            raise NoteError("a key's name has no space and no plus sign")
        self.name = name
        self.key_id = key_id(name, public, self.KIND)
        self.public = public
        try:
            self._key = Ed25519PublicKey.from_public_bytes(public)
        except ValueError as error:
            raise NoteError("not an Ed25519 public key") from error

    @classmethod
    def from_vkey(cls, vkey: str) -> Self:
        """The verifier of a text `<name>+<hex key id>+<base64 of type and key>`. Raises NoteError."""
        parts = vkey.strip(" \t\r\n").split("+", 2)  # as a file of it ends
        if len(parts) != 3 or not _HEX_ID.fullmatch(parts[1]):
            raise NoteError("a verifier key reads name+hash+key")
        name, hex_id, encoded = parts
        key = decoded(encoded)
        if key[:1] != cls.KIND or len(key) != 1 + _KEY_BYTES:
            raise NoteError(f"not an Ed25519 key of signature type {cls.KIND.hex()}")
        verifier = cls(name, key[1:])
        if verifier.key_id.hex() != hex_id:
            raise NoteError("the verifier key's hash is not that of its name and key")
        return verifier

    @property
    def vkey(self) -> str:
        """The key as text, to publish and to pin."""
        encoded = base64.b64encode(self.KIND + self.public).decode()
        return f"{self.name}+{self.key_id.hex()}+{encoded}"

    def verify(self, text: str, signature: bytes) -> None:
        """Raises NoteError unless `signature` is this key's over `text`."""
        try:
            self._key.verify(signature, text.encode())
        except InvalidSignature as error:
            raise NoteError(f"the signature of {self.name} is wrong") from error


class Signer:
    """Signs notes under a key's name. by: what signs a text (Ed25519), wherever the private key is kept."""

    def __init__(self, verifier: Verifier, by: Callable[[str], Awaitable[bytes]]) -> None:
        self.verifier = verifier
        self._by = by

    @property
    def name(self) -> str:
        return self.verifier.name

    async def sign(self, text: str) -> str:
        """The note of `text` (which ends in a newline) with this key's signature. Raises what `by` raises."""
        _check_text(text)
        signature = Signature(self.name, self.verifier.key_id, await self._by(text))
        return f"{text}\n{signature.line}"


def parse_note(note: str) -> Note:
    """The parts of a signed note. Raises NoteError for hostile or malformed text."""
    if len(note) > _MAX_NOTE:
        raise NoteError("the note is too long")
    text, gap, block = note.rpartition("\n\n")
    if not gap or not block.endswith("\n"):
        raise NoteError("a note is a text, an empty line and signature lines")
    text += "\n"
    _check_text(text)
    lines = block[:-1].split("\n")
    if len(lines) > _MAX_SIGNATURES:
        raise NoteError("the note has too many signatures")
    return Note(text, tuple(_signature(line) for line in lines))


def open_note(note: str, verifiers: Sequence[Verifier]) -> tuple[str, list[Verifier]]:
    """The text of a note and which of `verifiers` signed it, at least one.

    Signatures of unknown keys are ignored; a wrong one of a known key is an error. Raises NoteError.
    """
    parsed = parse_note(note)
    signed = known_signatures(parsed, verifiers)
    if not signed:
        raise NoteError("no signature of a known key")
    return parsed.text, list(signed)


def known_signatures(note: Note, verifiers: Sequence[Verifier]) -> dict[Verifier, Signature]:
    """The first signature of each of `verifiers` that signed a note. Raises NoteError for a wrong one."""
    known = {(one.name, one.key_id): one for one in verifiers}
    signed: dict[Verifier, Signature] = {}
    for signature in note.signatures:
        verifier = known.get((signature.name, signature.key_id))
        if verifier is not None and verifier not in signed:
            verifier.verify(note.text, signature.data)
            signed[verifier] = signature
    return signed


def _check_text(text: str) -> None:
    if not text.endswith("\n") or _CONTROL.search(text):
        raise NoteError("a note's text ends in a newline and has no control character")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise NoteError("a note's text is not Unicode text") from error


def _signature(line: str) -> Signature:
    dash, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    if dash != "—" or not valid_name(name):
        raise NoteError("a signature line is malformed")
    data = decoded(encoded)
    if len(data) <= _ID_BYTES:
        raise NoteError("a signature line is too short")
    return Signature(name, data[:_ID_BYTES], data[_ID_BYTES:])


def decoded(encoded: str) -> bytes:
    """Strict standard base64: one value, one spelling."""
    try:
        data = base64.b64decode(encoded.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error) as error:
        raise NoteError("not base64") from error
    if base64.b64encode(data).decode() != encoded:
        raise NoteError("not canonical base64")
    return data
