"""The life of a signing key, as a function of three times: pure rules, no storage.

staged (published, so that every verifier has it before it is used) -> active (signs) -> retiring
(published until nothing it signed can still be valid) -> gone.
"""

from enum import StrEnum
from typing import Protocol

from foundation.clock import DAY, MINUTE

# What the answers with our key sets allow in their Cache-Control (RFC 9111 section 5.2.2.1).
JWKS_MAX_AGE = 5 * MINUTE
# A margin for nodes that publish a key a little after it was staged, and for clocks that differ.
PUBLISHED_BEFORE_USE = JWKS_MAX_AGE + MINUTE
# Longer than anything a token key signs lives, and than any verifier caches our JWKS.
PUBLISHED_AFTER_RETIREMENT = 2 * DAY


class Times(Protocol):
    """What the rules read of a key; microseconds."""

    @property
    def activated_at(self) -> int | None: ...
    @property
    def retired_at(self) -> int | None: ...


class KeyState(StrEnum):
    """Where a key stands in its life."""

    STAGED = "staged"
    ACTIVE = "active"
    RETIRING = "retiring"
    GONE = "gone"


def state_of(key: Times, now: int) -> KeyState:
    """The state of a key at `now`."""
    if key.retired_at is not None:
        published = now < key.retired_at + PUBLISHED_AFTER_RETIREMENT
        return KeyState.RETIRING if published else KeyState.GONE
    return KeyState.STAGED if key.activated_at is None else KeyState.ACTIVE


def is_published(key: Times, now: int) -> bool:
    """Whether JWKS shows it: from staging until long after it signed its last token."""
    return state_of(key, now) is not KeyState.GONE
