"""Sealing at rest: AES-256-GCM, and labelled derivation (HKDF, RFC 5869).

A sealed value is a 12-byte random nonce followed by ciphertext and tag. The associated data says what the
value is and where it stands, so that a row copied elsewhere does not open.
"""

import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
_NONCE_BYTES = 12


class SealError(Exception):
    """A sealed value does not open: wrong key, wrong place, or altered."""


def seal(key: bytes, plaintext: bytes, aad: bytes) -> bytes:
    """`plaintext` sealed under a 32-byte `key`, bound to `aad`."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plaintext, aad)


def unseal(key: bytes, sealed: bytes, aad: bytes) -> bytes:
    """What `seal` was given. Raises SealError."""
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], aad)
    except (InvalidTag, ValueError) as error:
        raise SealError("a sealed value does not open") from error


def derive(secret: bytes, label: str) -> bytes:
    """A 32-byte key for one purpose, from a secret of any length (HKDF-SHA-256, RFC 5869)."""
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=label.encode()).derive(secret)


def keyed_hash(key: bytes, value: bytes) -> bytes:
    """HMAC-SHA-256: how a high-entropy secret is stored (invariant 7)."""
    return hmac.digest(key, value, "sha256")
