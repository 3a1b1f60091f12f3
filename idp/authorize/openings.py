"""How often requests may be opened: each keeps a row, so a flood of them is stopped at the door.

Counted by session, where the browser brought one, and by network, with the counters of failed sign-ins. A
browser that brings none is not counted twice: a counter of its own would be one more row a flood makes.
"""

from starlette.requests import Request

from foundation.clock import MINUTE
from foundation.database import Transaction
from foundation.errors import AccordError
from foundation.settings import Settings
from idp.clients.registry import Client
from idp.people.throttle import Limit, Throttle, network_of

_WINDOW = 15 * MINUTE


class Openings:
    """Counts what is kept until somebody answers."""

    def __init__(self, throttle: Throttle, settings: Settings) -> None:
        self._throttle = throttle
        self._by_session = Limit("authorize.session", settings.authorize_per_session, _WINDOW)
        self._by_network = Limit("authorize.network", settings.authorize_per_network, _WINDOW)

    async def count(self, tx: Transaction, session_id: str | None, network: bytes, now: int) -> int:
        """Count one more; seconds to wait, 0 when it may be kept.

        session_id: None for a browser that brought no session. network: see `throttle.network_of`.
        """
        subjects = [(self._by_network, network)]
        if session_id is not None:
            subjects.insert(0, (self._by_session, session_id.encode()))
        return max([await self._throttle.wait_after(tx, limit, who, now) for limit, who in subjects])

    async def count_app(self, tx: Transaction, client: Client, request: Request, now: int) -> None:
        """Count a request that an app makes by itself; one that anyone can pose as has a browser's room here.

        Raises AccordError `too_many_openings`.
        """
        if client.metadata.auth_method != "none":
            return
        network = network_of(request.client.host if request.client else None)
        if seconds := await self.count(tx, None, network, now):
            raise too_many_openings(seconds)


def too_many_openings(seconds: int) -> AccordError:
    """Told here, whatever the request says: a flood is not sent on to an app."""
    return AccordError(
        "too_many_openings",
        "Too many requests from this browser or network. Nothing was kept; wait, then start again.",
        status=429,
        headers={"Retry-After": str(seconds)},  # RFC 9110 section 10.2.3
    )
