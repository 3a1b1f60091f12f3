"""The token endpoint, for whoever waits while somebody answers elsewhere (RFC 8628, CIBA).

Cap Coaching itself waits for nobody; the kiosk and the adviser's tool do.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from examples.coach.discovery import Provider
from examples.coach.outbound import Token, Wire
from examples.coach.problems import UnavailableError
from examples.coach.tokens import checked, post_form
from examples.kit.settings import Settings

_SLOWER = 5  # RFC 8628 section 3.5


class State(Enum):
    """How far a request is."""

    WAITING = "waiting"
    SHARED = "shared"
    REFUSED = "refused"
    EXPIRED = "expired"


@dataclass(slots=True, kw_only=True)
class Asked:
    """A request that somebody answers elsewhere. Times are seconds since 1970.

    interval: seconds between two questions to Accord.
    """

    interval: int
    expires_at: float
    asked_at: float
    state: State = State.WAITING

    def due_in(self, now: float) -> int:
        """Seconds until Accord may be asked again; 0 when it may be now."""
        return max(0, math.ceil(self.asked_at + self.interval - now))


class Polling:
    """One per program. clock: seconds since 1970."""

    def __init__(self, settings: Settings, wire: Wire, clock: Callable[[], float]) -> None:
        self.provider = Provider(settings, wire, clock)
        self._settings, self._wire, self._clock = settings, wire, clock

    async def post(self, endpoint: str, form: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
        """Status and JSON of an endpoint. Raises BusyError, UnavailableError."""
        return await post_form(self._settings, self._wire, endpoint, form, self._clock)

    async def look(self, asked: Asked, form: Mapping[str, str]) -> Token | None:
        """The tokens, once they are there; no sooner asked for than Accord said. Else see `asked.state`.

        Raises BusyError, UnavailableError.
        """
        now = self._clock()
        if asked.state is not State.WAITING or asked.due_in(now):
            return None
        asked.asked_at = now
        status, said = await self.post((await self.provider.metadata()).token_endpoint, form)
        if status == 200:
            return checked(said, with_id_token=True)
        match said.get("error"):
            case "authorization_pending":
                pass
            case "slow_down":
                asked.interval += _SLOWER
            case "access_denied":
                asked.state = State.REFUSED
            case "expired_token" | "invalid_grant":
                asked.state = State.EXPIRED
            case _:
                raise UnavailableError(f"token endpoint: HTTP {status}")
        return None
