"""When to try again: pure arithmetic, in microseconds."""

from foundation.clock import HOUR, SECOND

FIRST = 5 * SECOND
LONGEST = 6 * HOUR
_DOUBLINGS = 13  # 5 s doubled so often is beyond the longest


def pause(attempts: int, spread: float) -> int:
    """How long to wait after so many failed attempts, one at least. spread: random, 0 <= spread < 1.

    Doubles from 5 s to 6 h; between half of that and the whole, so that what failed together does not come
    back together.
    """
    whole = min(LONGEST, FIRST << min(max(attempts, 1) - 1, _DOUBLINGS))
    return whole // 2 + int(whole // 2 * spread)


def wait(attempts: int, spread: float, asked: int) -> int:
    """The same, and no sooner than the receiver `asked` (microseconds, of Retry-After), within reason."""
    return max(pause(attempts, spread), min(asked, LONGEST))
