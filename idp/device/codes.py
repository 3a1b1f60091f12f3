"""The short code: what a screen shows and a person types (RFC 8628 section 6.1).

Eight of twenty consonants: no vowel, so no word comes out by chance, and nothing that reads like another.
34.6 bits are few, so guesses are counted (guessing.py) and a code lives for minutes.
"""

import secrets

from foundation.clock import MINUTE
from keys.seal import keyed_hash

ALPHABET = "BCDFGHJKLMNPQRSTVWXZ"
LIFETIME = 10 * MINUTE
_LENGTH = 8
_LONGEST = 64  # of what is typed, with whatever stands between the letters


def new_code() -> str:
    """A fresh one, as it is shown: two groups of four letters, a hyphen between them."""
    return shown("".join(secrets.choice(ALPHABET) for _ in range(_LENGTH)))


def read_code(typed: str) -> str | None:
    """Its letters, in whatever case and with whatever between them; None when it can be no code of ours."""
    letters = "".join(one for one in typed[:_LONGEST] if one.isalnum())
    if not letters.isascii():
        return None  # some become two in capitals
    letters = letters.upper()
    return letters if len(letters) == _LENGTH and set(letters) <= set(ALPHABET) else None


def shown(letters: str) -> str:
    """As a person reads it."""
    return f"{letters[:4]}-{letters[4:]}"


def code_hash(key: bytes, letters: str) -> bytes:
    """What a row keeps of it. key: the server's, for tokens."""
    return keyed_hash(key, f"user code {letters}".encode())
