"""The public key that a proof brings along, strictly read: its thumbprint (RFC 7638), and what it verifies.

Only what the algorithms here need is read: no certificate, no address to fetch, nothing private.
"""

import hashlib
from binascii import a2b_base64
from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePublicKey,
    EllipticCurvePublicNumbers,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from keys.sign import b64url

# Takes a message and a signature; raises InvalidSignature.
Verify = Callable[[bytes, bytes], None]

_SHA256 = SHA256()
_ECDSA = ECDSA(_SHA256)
_PKCS1 = PKCS1v15()
_PSS = PSS(MGF1(_SHA256), _SHA256.digest_size)  # RFC 7518 section 3.5: as long as the hash
_RSA_BITS = range(2048, 4096 + 1)  # a longer one would make us work for whoever sends it
# RFC 7518 section 6 and RFC 8037 section 2: what only the owner of a key may know.
_PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}
_FROM_URL_SAFE = bytes.maketrans(b"-_", b"+/")


class ProofKey(NamedTuple):
    """A public key. jkt: its SHA-256 thumbprint. verifiers: what it verifies, by the JOSE name."""

    jkt: str
    verifiers: Mapping[str, Verify]


def unb64url(text: str) -> bytes:
    """Base64url without padding (RFC 7515 section 2), in its one spelling. Raises ValueError."""
    decoded = a2b_base64(text.encode("ascii").translate(_FROM_URL_SAFE) + b"=" * (-len(text) % 4))
    if b64url(decoded) != text:  # other characters, padding, loose bits: two texts must never be one value
        raise ValueError("not base64url")
    return decoded


def read_jwk(jwk: object) -> ProofKey:
    """The key in a `jwk` header (RFC 7517). Raises ValueError for what is no public key that we take."""
    if not isinstance(jwk, dict) or not _PRIVATE.isdisjoint(jwk):
        raise ValueError("jwk is not a public key")
    kind = jwk.get("kty")
    names = _MEMBERS.get(kind) if isinstance(kind, str) else None
    members = [jwk.get(name) for name in names or ()]
    if names is None or not all(isinstance(member, str) for member in members):
        raise ValueError("jwk is not a key of a kind that is taken")
    if not _is_for_signatures(jwk):
        raise ValueError("jwk is for another use")
    try:
        return _KINDS[str(kind)](*members)
    except UnsupportedAlgorithm as error:
        raise ValueError("jwk is not a key of a kind that is taken") from error


def _is_for_signatures(jwk: Mapping[str, Any]) -> bool:
    """RFC 7517 sections 4.2 and 4.3: a key that says what it is for is used for nothing else."""
    operations = jwk.get("key_ops", ["verify"])
    return jwk.get("use", "sig") == "sig" and isinstance(operations, list) and "verify" in operations


@lru_cache(maxsize=4096)
def _ec(curve: str, x: str, y: str) -> ProofKey:
    across, up = unb64url(x), unb64url(y)
    if curve != "P-256" or len(across) != 32 or len(up) != 32:
        raise ValueError("jwk is not a point of P-256")
    numbers = EllipticCurvePublicNumbers(int.from_bytes(across), int.from_bytes(up), SECP256R1())
    jkt = _thumbprint(f'{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}')
    return ProofKey(jkt, {"ES256": partial(_es256, numbers.public_key())})  # raises off the curve


@lru_cache(maxsize=4096)
def _okp(curve: str, x: str) -> ProofKey:
    point = unb64url(x)
    if curve != "Ed25519" or len(point) != 32:
        raise ValueError("jwk is not a point of Ed25519")
    verify = partial(_eddsa, Ed25519PublicKey.from_public_bytes(point))
    # EdDSA is the name of RFC 8037, Ed25519 the one that says the curve too (RFC 9864 section 2.2).
    return ProofKey(
        _thumbprint(f'{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}'), {"EdDSA": verify, "Ed25519": verify}
    )


@lru_cache(maxsize=1024)
def _rsa(e: str, n: str) -> ProofKey:
    exponent, modulus = unb64url(e), unb64url(n)
    # RFC 7518 section 2, Base64urlUInt: as few octets as it takes, so that a key has one thumbprint.
    if exponent[:1] in {b"", b"\0"} or modulus[:1] in {b"", b"\0"} or len(exponent) > 8:
        raise ValueError("jwk has numbers that are none")
    numbers = RSAPublicNumbers(int.from_bytes(exponent), int.from_bytes(modulus))
    if numbers.n.bit_length() not in _RSA_BITS:
        raise ValueError("jwk is an RSA key of a size that is not taken")
    key = numbers.public_key()
    verifiers = {"RS256": partial(_rs256, key), "PS256": partial(_ps256, key)}
    return ProofKey(_thumbprint(f'{{"e":"{e}","kty":"RSA","n":"{n}"}}'), verifiers)


_KINDS: dict[str, Callable[..., ProofKey]] = {"EC": _ec, "OKP": _okp, "RSA": _rsa}
_MEMBERS = {"EC": ("crv", "x", "y"), "OKP": ("crv", "x"), "RSA": ("e", "n")}


def _thumbprint(members: str) -> str:
    """RFC 7638 section 3: the required members alone, in their order, without blanks."""
    return b64url(hashlib.sha256(members.encode()).digest())


def _es256(key: EllipticCurvePublicKey, message: bytes, signature: bytes) -> None:
    if len(signature) != 64:  # R and S, 32 bytes each (RFC 7518 section 3.4)
        raise InvalidSignature
    halves = int.from_bytes(signature[:32]), int.from_bytes(signature[32:])
    key.verify(encode_dss_signature(*halves), message, _ECDSA)


def _eddsa(key: Ed25519PublicKey, message: bytes, signature: bytes) -> None:
    key.verify(signature, message)


def _rs256(key: RSAPublicKey, message: bytes, signature: bytes) -> None:
    key.verify(signature, message, _PKCS1, _SHA256)


def _ps256(key: RSAPublicKey, message: bytes, signature: bytes) -> None:
    key.verify(signature, message, _PSS, _SHA256)
