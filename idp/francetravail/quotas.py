"""How often an app may call one API: so many calls in ten seconds, more for a tier it was approved for.

Counted in the unit of the call, by app and API, in the counters of attempts: every node sees the same. What
is refused is not counted: an app that waits as it is told is served.
"""

from foundation.clock import SECOND
from foundation.database import Transaction
from foundation.errors import AccordError
from foundation.settings import Settings
from idp.people.throttle import Limit, Throttle
from keys.seal import derive
from keys.secrets import ServerSecrets

WINDOW = 10 * SECOND
TIERS = {"gold": 20, "silver": 5}  # how many times the ordinary quota


class Quotas:
    """The counters of this face."""

    def __init__(self, secrets: ServerSecrets, settings: Settings) -> None:
        self._throttle = Throttle(derive(secrets.lookup, "accord francetravail quotas v1"))
        self._ordinary = settings.partner_calls_per_10_seconds

    async def count(self, tx: Transaction, client_id: str, api: str, words: frozenset[str], now: int) -> None:
        """Count one more call. api: its technical word; words: of the token, tiers approved among them.

        Raises AccordError `quota_exceeded` with Retry-After.
        """
        limit = Limit("francetravail.calls", self._ordinary * _times(api, words), WINDOW)
        seconds = await self._throttle.wait_after(tx, limit, f"{client_id} {api}".encode(), now)
        if seconds:
            raise AccordError(
                "quota_exceeded",
                f"More than {limit.most} calls of this API in ten seconds. Retry-After says when to go on.",
                status=429,
                headers={"Retry-After": str(seconds)},
            )


def _times(api: str, words: frozenset[str]) -> int:
    name = api.removeprefix("api_")
    return next((times for tier, times in TIERS.items() if f"qos_{tier}_{name}" in words), 1)
