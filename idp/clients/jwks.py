"""The keys an app registers: a JWK Set (RFC 7517) of public keys that its assertions may be signed with."""

import warnings
from typing import Any, cast

import orjson
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import ECKey, Key, KeySet, KeySetSerialization, OKPKey, RSAKey

MAX_LENGTH = 65_536
_MAX_KEYS = 20
_MIN_RSA_BITS = 2048
_CURVES = {"P-256", "Ed25519"}


def read_jwks(text: str) -> KeySet:
    """The key set in a JSON text.

    Raises ValueError, saying why, for what is not a set of public keys of a kind that we take: a private key
    there is a leak, a symmetric one would make anyone who can read the registration a signer.
    """
    if len(text) > MAX_LENGTH:
        raise ValueError(f"the JWK Set is too long: at most {MAX_LENGTH} characters")
    given = _members(text)
    if any(jwk.get("kty") == "oct" for jwk in given):
        raise ValueError("a JWK Set holds no symmetric key here")
    if any("d" in jwk for jwk in given):
        raise ValueError("a private key is in the JWK Set: register its public part alone, and replace it")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SecurityWarning)  # what it warns of is refused below
            keys = KeySet.import_key_set(cast(KeySetSerialization, {"keys": given}))
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise ValueError("this is not a JWK Set (RFC 7517 section 5) with keys that can be read") from error
    for key in keys.keys:
        _check(key)
    return keys


def _members(text: str) -> list[dict[str, Any]]:
    try:
        document = orjson.loads(text)
    except ValueError:
        document = None
    given = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(given, list) or not given or not all(isinstance(jwk, dict) for jwk in given):
        raise ValueError("this is not a JWK Set (RFC 7517 section 5): an object with a list of keys")
    if len(given) > _MAX_KEYS:
        raise ValueError(f"a JWK Set has at most {_MAX_KEYS} keys")
    return given


def _check(key: Key) -> None:
    if isinstance(key, RSAKey):
        if key.public_key.key_size < _MIN_RSA_BITS:
            raise ValueError(f"an RSA key has at least {_MIN_RSA_BITS} bits")
    elif not isinstance(key, ECKey | OKPKey) or key.curve_name not in _CURVES:
        raise ValueError(f"a key of this curve is not taken; one of {', '.join(sorted(_CURVES))}")
