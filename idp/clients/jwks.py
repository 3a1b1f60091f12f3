"""The keys an app registers: a JWK Set (RFC 7517) of public keys that it signs with, or is answered by."""

import warnings
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import ECKey, JWKRegistry, Key, KeySet, OKPKey, RSAKey

MAX_LENGTH = 65_536
_MAX_KEYS = 20
_RSA_BITS = range(2048, 8192 + 1)
_CURVES = {"P-256", "Ed25519"}
_AGREEING = {"P-384", "P-521", "X25519"}  # nothing is signed by these here: answers are encrypted to them
# RFC 7518 section 6 and RFC 8037 section 2: what only the owner of a key may know.
_PRIVATE_MEMBERS = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}


def read_jwks(text: str) -> KeySet:
    """The key set in a JSON text that an app registers: every key in it is one that we take.

    Raises ValueError, saying why, for what is not a set of public keys of a kind that we take: a private key
    there is a leak, a symmetric one would make anyone who can read the registration a signer.
    """
    return KeySet([_read_key(jwk) for jwk in _members(text)])


def read_published_jwks(text: str) -> KeySet:
    """The keys that we take in a JSON text that an app publishes for all its servers.

    Keys of other kinds in it are for others and passed over (RFC 7517 section 5). Raises ValueError, saying
    why, when none is left, and for a private or symmetric key: whoever has read it could sign.
    """
    keys, problem = [], "this is not a JWK Set (RFC 7517 section 5)"
    for jwk in _members(text):
        try:
            keys.append(_read_key(jwk))
        except ValueError as error:
            problem = str(error)
    if not keys:
        raise ValueError(problem)
    return KeySet(keys)


def _members(text: str) -> list[dict[str, Any]]:
    if len(text) > MAX_LENGTH:
        raise ValueError(f"the JWK Set is too long: at most {MAX_LENGTH} characters")
    try:
        document = orjson.loads(text)
    except ValueError:
        document = None
    given = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(given, list) or not given or not all(isinstance(jwk, dict) for jwk in given):
        raise ValueError("this is not a JWK Set (RFC 7517 section 5): an object with a list of keys")
    if len(given) > _MAX_KEYS:
        raise ValueError(f"a JWK Set has at most {_MAX_KEYS} keys")
    if any(jwk.get("kty") == "oct" for jwk in given):
        raise ValueError("a JWK Set holds no symmetric key here")
    if any(not _PRIVATE_MEMBERS.isdisjoint(jwk) for jwk in given):
        raise ValueError("a private key is in the JWK Set: publish its public part alone, and replace it")
    return given


def _read_key(jwk: dict[str, Any]) -> Key:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SecurityWarning)  # what it warns of is refused below
            key = JWKRegistry.import_key(jwk)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise ValueError("this is not a JWK Set (RFC 7517 section 5) with keys that can be read") from error
    _check(key)
    return key


def _check(key: Key) -> None:
    if isinstance(key, RSAKey):
        # A longer one, or a huge exponent, would make us work for whoever registered it.
        if key.public_key.key_size not in _RSA_BITS:
            raise ValueError(f"an RSA key has {_RSA_BITS[0]} to {_RSA_BITS[-1]} bits")
        if key.public_key.public_numbers().e.bit_length() > 64:
            raise ValueError("the exponent of an RSA key has at most 64 bits")
    elif not isinstance(key, ECKey | OKPKey) or key.curve_name not in _CURVES | _AGREEING:
        raise ValueError(f"a key of this curve is not taken; one of {', '.join(sorted(_CURVES | _AGREEING))}")
    elif key.curve_name in _AGREEING and key.get("use") != "enc":
        raise ValueError(f"a key of {key.curve_name} is taken for encryption alone (use: enc)")
    if isinstance(key, OKPKey) and isinstance(key.public_key, X25519PublicKey):
        _check_order(key.public_key)


def _check_order(point: X25519PublicKey) -> None:
    """RFC 7748 section 6.1: with a point of small order, what is agreed on is known to everybody."""
    try:
        X25519PrivateKey.generate().exchange(point)
    except ValueError:
        raise ValueError("nothing secret can be agreed on with this X25519 key") from None
