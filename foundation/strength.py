"""What is strong enough to seal everything: a master key as an operator writes it, and what is none."""

import base64
import binascii
import re
from itertools import pairwise

from foundation.errors import SettingsError

_KEY_BYTES = 32
_HEXADECIMAL = re.compile(r"[0-9a-fA-F]+").fullmatch


def decoded_key(text: str, name: str) -> bytes:
    """32 bytes or more from hexadecimal, base64 or plain text. Raises SettingsError: `name` is too weak."""
    for decode in (bytes.fromhex, lambda value: base64.b64decode(value, altchars=b"-_", validate=True)):
        try:
            key = decode(text)
        except (ValueError, binascii.Error):
            continue
        if len(key) >= _KEY_BYTES:
            return _strong(key, name)
    if _HEXADECIMAL(text):  # as plain text, half of each byte would be known
        return _strong(bytes.fromhex(text[: len(text) // 2 * 2]), name)
    return _strong(text.encode(), name)


def _strong(key: bytes, name: str) -> bytes:
    if len(key) < _KEY_BYTES or len(set(key)) < 8 or _is_pattern(key):
        raise SettingsError(
            f"{name} is too weak: give 32 random bytes, for example of `openssl rand -base64 32`"
        )
    return key


def _is_pattern(key: bytes) -> bool:
    """Whether a key repeats itself, or counts: what a hand or an example gives, never chance."""
    repeats = any(key[:-period] == key[period:] for period in range(1, len(key) // 2 + 1))
    return repeats or len({(after - before) % 256 for before, after in pairwise(key)}) == 1
