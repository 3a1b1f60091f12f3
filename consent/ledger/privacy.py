"""A guard for tests: an event whose public part looks personal does not pass.

The append itself holds facts to short ASCII without "@". This looks closer, at a cost that a hot path should
not pay: run the whole test suite with it (`Ledger(..., inspect=refuse_personal)`).
"""

import re

from consent.ledger.events import Event

# An address; a French or international phone number standing alone (never digits inside an id or a hash).
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_PHONE = re.compile(r"(?<![0-9A-Za-z])(?:\+\d{1,3}|00\d{1,3}|0)(?:[ .-]?\d){8,12}(?![0-9A-Za-z])")
_NIR = re.compile(r"(?<![0-9A-Za-z])[12] ?\d\d ?(?:0\d|1[0-2]) ?\d\d(?: ?\d{3}){2}(?: ?\d\d)?(?![0-9A-Za-z])")


class PersonalDataError(AssertionError):
    """An event would put something personal in a leaf for ever."""


def looks_personal(text: str) -> str | None:
    """What `text` seems to hold, such as "an e-mail address", or None."""
    if _EMAIL.search(text):
        return "an e-mail address"
    if _NIR.search(text):
        return "a social security number"
    if _PHONE.search(text):
        return "a phone number"
    return None


def refuse_personal(event: Event) -> None:
    """Raises PersonalDataError when a public field of `event` looks personal."""
    for name in (*event.SPEC.envelope, *event.SPEC.facts):
        value = getattr(event, name)
        if isinstance(value, str) and (found := looks_personal(value)):
            raise PersonalDataError(f"{event.SPEC.name}: {name} seems to hold {found}")
