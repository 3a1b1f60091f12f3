"""A witness's key: an Ed25519 seed and a name in a file that its owner alone reads."""

import base64
import os
from pathlib import Path
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from consent.ledger.notes.cosignature import Cosigner, cosign
from consent.ledger.notes.note import NoteError

_FILE = "witness.key"


class WitnessKey(NamedTuple):
    """What cosigns."""

    cosigner: Cosigner
    private: Ed25519PrivateKey

    def line(self, text: str, seconds: int) -> str:
        """The signature line under a checkpoint's text."""
        return cosign(self.cosigner, self.private.sign, text, seconds)


def make_key(folder: Path, name: str) -> WitnessKey:
    """A new key. Raises NoteError for a name that no key may have, FileExistsError where there is one."""
    private = Ed25519PrivateKey.generate()
    key = _key(name, private)
    folder.mkdir(parents=True, exist_ok=True)
    seed = base64.b64encode(private.private_bytes_raw()).decode()
    descriptor = os.open(folder / _FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(f"{name}\n{seed}\n")
        file.flush()
        os.fsync(file.fileno())
    return key


def read_key(folder: Path) -> WitnessKey | None:
    """The key of a folder, None where there is none. Raises NoteError for a damaged file."""
    try:
        name, seed = (folder / _FILE).read_text("utf-8").splitlines()
        return _key(name, Ed25519PrivateKey.from_private_bytes(base64.b64decode(seed, validate=True)))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise NoteError(f"{folder / _FILE} is no witness's key") from error


def _key(name: str, private: Ed25519PrivateKey) -> WitnessKey:
    return WitnessKey(Cosigner(name, private.public_key().public_bytes_raw()), private)
