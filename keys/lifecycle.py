"""The life of a signing key, as a function of its times: pure rules, no storage.

staged (published) -> announced (everybody who keeps a key set as long as we let them has it) -> active
(signs) -> retired (published until nothing it signed can still be valid) -> gone. Or revoked, from anywhere.
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
# A time further ahead than clocks differ was written by one that was wrong.
CLOCKS_DIFFER = MINUTE


class Times(Protocol):
    """What the rules read of a key; microseconds."""

    @property
    def staged_at(self) -> int: ...
    @property
    def activated_at(self) -> int | None: ...
    @property
    def retired_at(self) -> int | None: ...
    @property
    def revoked_at(self) -> int | None: ...


class KeyState(StrEnum):
    """Where a key stands in its life."""

    STAGED = "staged"
    ANNOUNCED = "announced"
    ACTIVE = "active"
    RETIRED = "retired"
    GONE = "gone"
    REVOKED = "revoked"


AHEAD = (KeyState.STAGED, KeyState.ANNOUNCED)  # published, and never signed


def state_of(key: Times, now: int) -> KeyState:
    """The state of a key at `now`."""
    if key.revoked_at is not None:
        return KeyState.REVOKED
    if key.retired_at is not None:
        published = now < key.retired_at + PUBLISHED_AFTER_RETIREMENT
        return KeyState.RETIRED if published else KeyState.GONE
    if key.activated_at is not None:
        return KeyState.ACTIVE
    return KeyState.STAGED if now < key.staged_at + PUBLISHED_BEFORE_USE else KeyState.ANNOUNCED


def is_published(key: Times, now: int) -> bool:
    """Whether JWKS shows it: from staging until long after it signed its last token, unless it is revoked."""
    return state_of(key, now) not in {KeyState.GONE, KeyState.REVOKED}


def is_old(key: Times, every: int, now: int) -> bool:
    """Whether an active key has signed for its time. every: microseconds; 0: changed by command alone."""
    return every > 0 and key.activated_at is not None and now >= key.activated_at + every


def is_dated_ahead(key: Times, now: int) -> bool:
    """Whether a clock that was wrong dated a step of its life: nobody knows since when it is so."""
    dates = (key.staged_at, key.activated_at, key.retired_at)
    return any(date is not None and date > now + CLOCKS_DIFFER for date in dates)
