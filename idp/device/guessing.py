"""How often codes may be typed wrong (RFC 8628 section 5.1): by browser, by network, and by everybody.

With a thousand requests waiting at once, which is a thousand kiosks, all wrong codes that are let through in
a quarter of an hour hit one with a probability of one in ten thousand; one network's alone, of one in four
hundred thousand. Whoever hits one has no more than the person at the
screen: a request to refuse, or to answer for oneself.
"""

from foundation.clock import MINUTE
from foundation.database import Transaction
from idp.people.callers import Caller
from idp.people.throttle import Limit, Throttle

_WINDOW = 15 * MINUTE
BY_SESSION = Limit("device.session", 10, _WINDOW)
BY_NETWORK = Limit("device.network", 60, _WINDOW)  # a job centre is one network
BY_ALL = Limit("device.all", 2_500, _WINDOW)


class Guesses:
    """Counts codes before they are looked up; what was right is given back."""

    def __init__(self, throttle: Throttle) -> None:
        self._throttle = throttle

    async def count(self, tx: Transaction, caller: Caller) -> int:
        """Count one more; seconds to wait, 0 when it may be looked up."""
        return max([await self._throttle.wait_after(tx, *one, caller.now) for one in _counted(caller)])

    async def give_back(self, tx: Transaction, caller: Caller) -> None:
        """It was right."""
        for one in _counted(caller):
            await self._throttle.give_back(tx, *one, caller.now)


def _counted(caller: Caller) -> tuple[tuple[Limit, bytes], ...]:
    session = caller.session.id.encode()
    return (BY_SESSION, session), (BY_NETWORK, caller.network), (BY_ALL, b"")
