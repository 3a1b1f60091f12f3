"""Which of an app's published keys an answer is encrypted to (RFC 7517 section 4). Pure."""

from joserfc.jwk import ECKey, Key, KeySet, OKPKey, RSAKey

# RFC 7518 section 6.2.1.1, RFC 8037 section 3.2: where a key can be agreed on.
CURVES = ("P-256", "P-384", "P-521", "X25519")
_OPERATIONS = {"encrypt", "wrapKey", "deriveKey", "deriveBits"}


def usable_key(keys: KeySet | None, alg: str) -> Key | None:
    """The first key that may be used so; one that says `use: enc` before those that do not say.

    None when there is none: a key for signatures is never taken for it.
    """
    able = [key for key in keys or () if _serves(key, alg)]
    marked = [key for key in able if key.get("use") == "enc"]
    return next(iter(marked or able), None)


def _serves(key: Key, alg: str) -> bool:
    operations = key.get("key_ops")
    return (
        _is_of(key, alg)
        and key.get("use", "enc") == "enc"
        and key.get("alg", alg) == alg
        and (operations is None or not _OPERATIONS.isdisjoint(operations))
    )


def _is_of(key: Key, alg: str) -> bool:
    """RFC 7518 sections 4.3, 4.6: what the algorithm is a use of."""
    if alg == "RSA-OAEP-256":
        return isinstance(key, RSAKey)
    return isinstance(key, ECKey | OKPKey) and key.curve_name in CURVES
