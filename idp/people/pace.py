"""Answers whose time would tell something leave on a beat: at whole multiples of a period, from the start.

An unknown address costs a little less than a known one (no mail to queue, no failure to record). Rounding the
time up hides that, whatever the load; argon2 and the commit cost the same on both sides already.
"""

import asyncio
import math

BEAT_SECONDS = 0.1


class Pace:
    """Rounds times up. beat: seconds; 0 leaves them as they are (tests)."""

    def __init__(self, beat: float = BEAT_SECONDS) -> None:
        self._beat = beat

    @staticmethod
    def start() -> float:
        """To be given back to `hold`."""
        return asyncio.get_running_loop().time()

    async def hold(self, started: float) -> None:
        """Wait until the next beat since `started`."""
        if self._beat:
            beats = math.ceil((self.start() - started) / self._beat)
            await asyncio.sleep(started + beats * self._beat - self.start())
