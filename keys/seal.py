"""Sealing at rest: AES-256-GCM, and labelled derivation (HKDF, RFC 5869).

A sealed value is a 12-byte random nonce followed by ciphertext and tag. The associated data says what the
value is and where it stands, so that a row copied elsewhere does not open.
"""

import hashlib
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
_NONCE_BYTES = 12
_SHA256 = SHA256()


class SealError(Exception):
    """A sealed value does not open: wrong key, wrong place, or altered."""


class Sealer:
    """`seal` and `unseal` under one 32-byte key that is used again and again: its schedule is made once."""

    __slots__ = ("_aead",)

    def __init__(self, key: bytes) -> None:
        self._aead = AESGCM(key)

    def seal(self, plaintext: bytes, aad: bytes) -> bytes:
        """`plaintext` sealed, bound to `aad`."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._aead.encrypt(nonce, plaintext, aad)

    def unseal(self, sealed: bytes, aad: bytes) -> bytes:
        """What `seal` was given. Raises SealError."""
        try:
            return self._aead.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], aad)
        except (InvalidTag, ValueError) as error:
            raise SealError("a sealed value does not open") from error


def seal(key: bytes, plaintext: bytes, aad: bytes) -> bytes:
    """`plaintext` sealed under a 32-byte `key`, bound to `aad`."""
    return Sealer(key).seal(plaintext, aad)


def unseal(key: bytes, sealed: bytes, aad: bytes) -> bytes:
    """What `seal` was given. Raises SealError."""
    return Sealer(key).unseal(sealed, aad)


def derive(secret: bytes, label: str) -> bytes:
    """A 32-byte key for one purpose, from a secret of any length (HKDF-SHA-256, RFC 5869)."""
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=label.encode()).derive(secret)


def keyed_hash(key: bytes, value: bytes) -> bytes:
    """How a high-entropy secret is stored (invariant 7): BLAKE2b-256 under 32 bytes (RFC 7693 section 2.5).

    Made to be keyed, at a fraction of what an HMAC costs: several stand in every call.
    """
    return hashlib.blake2b(value, digest_size=32, key=key).digest()


def hmac_sha256(key: bytes, message: bytes) -> bytes:
    """HMAC-SHA-256 (RFC 2104): for what others must be able to recompute, such as the ledger's leaves."""
    code = HMAC(key, _SHA256)  # half of what the standard library takes, which asks OpenSSL anew each time
    code.update(message)
    return code.finalize()
