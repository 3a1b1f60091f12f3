"""Which of an app's published keys an answer is encrypted to (RFC 7517 section 4). Pure."""

from joserfc.jwk import ECKey, Key, KeySet, RSAKey

# RFC 7518 sections 4.3, 4.6: what each algorithm is a use of.
_KINDS: dict[str, type[Key]] = {
    "RSA-OAEP-256": RSAKey,
    "ECDH-ES": ECKey,
    "ECDH-ES+A128KW": ECKey,
    "ECDH-ES+A256KW": ECKey,
}
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
        isinstance(key, _KINDS[alg])
        and key.get("use", "enc") == "enc"
        and key.get("alg", alg) == alg
        and (operations is None or not _OPERATIONS.isdisjoint(operations))
    )
