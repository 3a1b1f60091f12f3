"""What is due to a living grant at a moment, and when to look again. Pure.

At 60 days without a read of a scope, taking it back is suggested; at 90 days without any read, the grant is
paused; a week before its end, the end is announced; each 90 days, its holder is reminded of what she shares.
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from consent.mirror.reflection import IDLE
from foundation.clock import DAY

PAUSE = 90 * DAY
REMIND = 90 * DAY
ANNOUNCE = 7 * DAY
_LONG_ENOUGH = 3 * ANNOUNCE  # the end of a shorter grant surprises nobody
_PATIENCE = DAY  # what could not be done is not asked again at once

Action = Literal["pause", "suggest", "announce", "remind"]


class Cared(NamedTuple):
    """A living grant, and what was done about it. Times are microseconds.

    quiet: since when each scope that she could take back is unused. used_at: the last read, or when the
    grant began, was widened or resumed. suggested: scopes she was told of. term_told: the end she was told
    of. reminded_at: when she was last reminded of all that she shares.
    """

    granted_at: int
    expires_at: int
    paused: bool
    used_at: int
    quiet: Mapping[str, int]
    suggested: frozenset[str]
    term_told: int | None
    reminded_at: int | None


class Due(NamedTuple):
    """What to do now, what is then known to be suggested and announced, and when to look again."""

    actions: tuple[Action, ...]
    suggested: frozenset[str]
    term_told: int | None
    due_at: int


def due(grant: Cared, now: int) -> Due:
    """What is due to `grant` at `now`; it is looked at again at its end at the latest."""
    actions: list[Action] = []
    idle = frozenset(name for name, since in grant.quiet.items() if now >= since + IDLE)
    suggested, term_told = grant.suggested & idle, grant.term_told
    if grant.paused:
        pass
    elif now >= grant.used_at + PAUSE:
        actions.append("pause")
    elif idle - grant.suggested:
        actions.append("suggest")
        suggested = idle
    if _ends_soon(grant, now):
        actions.append("announce")
        term_told = grant.expires_at
    reminded_at = max(grant.granted_at, grant.reminded_at or 0)
    if now >= reminded_at + REMIND:
        actions.append("remind")
        reminded_at = now
    return Due(tuple(actions), suggested, term_told, _next(grant, reminded_at, now))


def _ends_soon(grant: Cared, now: int) -> bool:
    return (
        now >= grant.expires_at - ANNOUNCE
        and grant.term_told != grant.expires_at
        and grant.expires_at - grant.granted_at >= _LONG_ENOUGH
    )


def _next(grant: Cared, reminded_at: int, now: int) -> int:
    moments = [grant.expires_at, grant.expires_at - ANNOUNCE, reminded_at + REMIND]
    if not grant.paused:
        moments += [grant.used_at + PAUSE, *(since + IDLE for since in grant.quiet.values())]
    return min((moment for moment in moments if moment > now), default=now + _PATIENCE)
