"""What a new password must be (NIST SP 800-63B section 5.1.1.2): long enough, not common, nothing else.

No composition rules, no expiry, paste allowed. Pure: the texts that people read are on the pages.
"""

import re
import unicodedata
from enum import Enum
from functools import cache
from pathlib import Path

from foundation.text import N_
from idp.people.addresses import Address

MIN_CHARACTERS = 8
MAX_CHARACTERS = 256
_COMMON = Path(__file__).parent / "common_passwords.txt"
# What people add to a common word when a form complains: a year, a digit, a mark.
_TAIL = re.compile(r"[\d!?.,;:*+@#$_-]{1,5}\Z")
_LOOKALIKES = str.maketrans("013457@$!", "oieastasi")
_FEWEST_DIFFERENT = 3


class Weakness(Enum):
    """Why a password is refused; the value is the French sentence to show."""

    TOO_SHORT = N_("Choisissez un mot de passe d’au moins 8 caractères.")
    TOO_LONG = N_("Choisissez un mot de passe de 256 caractères au plus.")
    TOO_COMMON = N_(
        "Ce mot de passe est trop répandu, quelqu’un pourrait le deviner. Choisissez-en un autre."
    )
    IS_ADDRESS = N_("Choisissez un mot de passe différent de votre adresse e-mail.")


def canonical(password: str) -> bytes:
    """The bytes that are hashed: one keyboard's é must equal another's (NFKC, as NIST asks)."""
    return unicodedata.normalize("NFKC", password).encode(errors="surrogatepass")


def weakness_of(password: str, address: Address) -> Weakness | None:
    """Why `password` may not be chosen by the holder of `address`, or None."""
    if len(password) > MAX_CHARACTERS:
        return Weakness.TOO_LONG
    if len(password) < MIN_CHARACTERS:
        return Weakness.TOO_SHORT
    folded = unicodedata.normalize("NFKC", password).casefold()
    if _is_common(folded):
        return Weakness.TOO_COMMON
    if folded in {address.text.casefold(), address.key, address.local.casefold()}:
        return Weakness.IS_ADDRESS
    return None


def _is_common(folded: str) -> bool:
    """Whether it is a common password, or one with look-alikes (p4ssw0rd) or a usual tail (azerty2026!)."""
    stem = _TAIL.sub("", folded)
    spellings = {folded, stem, folded.translate(_LOOKALIKES), stem.translate(_LOOKALIKES)}
    return len(set(folded)) < _FEWEST_DIFFERENT or not spellings.isdisjoint(_common())


@cache
def _common() -> frozenset[str]:
    return frozenset(_COMMON.read_text("utf-8").split())
