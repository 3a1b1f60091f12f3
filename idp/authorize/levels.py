"""How sure a sign-in is: the `acr` of each way to sign in (OpenID Connect Core section 2; RFC 9470).

Ours and no scheme's: the names promise what was done, not the assurance level of anybody's regulation.
"""

from collections.abc import Iterable, Mapping

PASSWORD = "urn:accord:acr:password"  # noqa: S105  # the name of a level
# By level, the least first: the methods (RFC 8176) that all have to be in a session's `amr`.
LEVELS: Mapping[str, frozenset[str]] = {PASSWORD: frozenset({"pwd"})}
_NONE = "0"  # of nothing that a level asks


def acr_of(amr: str) -> str:
    """The highest level that a session's methods reach."""
    used = set(amr.split())
    return next((name for name, methods in reversed(tuple(LEVELS.items())) if methods <= used), _NONE)


def reaches(amr: str, levels: Iterable[str]) -> bool:
    """Whether a session reaches one of these levels; where none is asked, every one does."""
    asked, used = tuple(levels), set(amr.split())
    return not asked or any(LEVELS[name] <= used for name in asked if name in LEVELS)
