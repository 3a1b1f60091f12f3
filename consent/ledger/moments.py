"""What an event's id says of time, and by when its proof is promised."""

from foundation.clock import SECOND

PROMISE = 10 * SECOND  # from an event to the signed head that covers it, at the latest
_MILLISECOND = 1_000


def moment_of(event_id: str) -> int:
    """The time in an id, microseconds (to the millisecond it carries); 0 when it is no id of ours."""
    try:
        return int(event_id[:12], 16) * _MILLISECOND
    except ValueError:
        return 0


def promised_by(event_id: str) -> int:
    """When, at the latest, a signed head covers the event, microseconds."""
    return moment_of(event_id) + PROMISE
