"""The conversation with Accord: start, wait as long as it says, read once, give the token back.

Owns the order of the steps. Pages call it; it knows no page.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from examples.coach.data_api import DataApi
from examples.coach.discovery import Provider
from examples.coach.id_token import verify_id_token
from examples.coach.outbound import Token, Wire, oauth_client
from examples.coach.portfolio import Skill, clean, skills_of
from examples.coach.problems import UnavailableError
from examples.coach.tokens import checked, give_back, post_form
from examples.kiosk.settings import SCOPES
from examples.kit.settings import Settings, origin_of

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:device_code"
_SLOWER = 5  # RFC 8628 section 3.5


class State(Enum):
    """How far a visit is."""

    WAITING = "waiting"
    SHARED = "shared"
    REFUSED = "refused"
    EXPIRED = "expired"


@dataclass(slots=True)
class Visit:
    """One person at the screen. Times are seconds since 1970.

    code, page, page_with_code: what she is shown (RFC 8628 section 3.3). interval: seconds between two polls.
    skills: None where she shared none.
    """

    code: str
    page: str
    page_with_code: str
    device_code: str = field(repr=False)
    interval: int
    expires_at: float
    asked_at: float
    state: State = State.WAITING
    name: str = ""
    skills: tuple[Skill, ...] | None = field(default=None, repr=False)

    def due_in(self, now: float) -> int:
        """Seconds until Accord may be asked again; 0 when it may be now."""
        return max(0, math.ceil(self.asked_at + self.interval - now))

    def forget(self) -> None:
        """For every request that still holds this object, too."""
        self.device_code = self.name = ""
        self.skills, self.state = None, State.EXPIRED


class Desk:
    """One per program. clock: seconds since 1970."""

    def __init__(self, settings: Settings, wire: Wire, clock: Callable[[], float]) -> None:
        self._settings, self._wire, self._clock = settings, wire, clock
        self._provider = Provider(settings, wire, clock)

    async def start(self) -> Visit:
        """A fresh code (RFC 8628 section 3.1). Raises BusyError, UnavailableError."""
        endpoint = await self._provider.endpoint("device_authorization_endpoint")
        status, said = await self._post(endpoint, {"scope": SCOPES})
        if status != 200:
            raise UnavailableError(f"device endpoint: HTTP {status}")
        return self._visit(said)

    async def look(self, visit: Visit) -> None:
        """See what came of it, no sooner than Accord said. Raises AccordProblemError."""
        now = self._clock()
        if visit.state is not State.WAITING or visit.due_in(now):
            return
        visit.asked_at = now
        endpoint = (await self._provider.metadata()).token_endpoint
        form = {"grant_type": GRANT_TYPE, "device_code": visit.device_code}
        status, said = await self._post(endpoint, form)
        if status == 200:
            await self._read(visit, checked(said, with_id_token=True))
            return
        match said.get("error"):
            case "authorization_pending":
                pass
            case "slow_down":
                visit.interval += _SLOWER
            case "access_denied":
                visit.state = State.REFUSED
            case "expired_token" | "invalid_grant":
                visit.state = State.EXPIRED
            case _:
                raise UnavailableError(f"token endpoint: HTTP {status}")

    def _visit(self, said: Mapping[str, Any]) -> Visit:
        texts = [said.get(name) for name in ("user_code", "verification_uri", "device_code")]
        with_code = said.get("verification_uri_complete", said.get("verification_uri"))
        seconds, interval = said.get("expires_in"), said.get("interval", 5)
        sound = all(isinstance(one, str) and 0 < len(one) < 500 for one in (*texts, with_code))
        if not sound or not isinstance(seconds, int) or not isinstance(interval, int):
            raise UnavailableError("device endpoint: incomplete answer")
        code, page, device_code = (str(one) for one in texts)
        if {origin_of(page), origin_of(str(with_code))} != {origin_of(self._settings.issuer)}:
            raise UnavailableError("device endpoint: it sends people to another origin")
        if not 0 < seconds <= 3600 or not 0 < interval <= 60:
            raise UnavailableError("device endpoint: times that we cannot use")
        now = self._clock()
        return Visit(code, page, str(with_code), device_code, interval, now + seconds, now)

    async def _read(self, visit: Visit, token: Token) -> None:
        """What she shared, once; the token is given back at once."""
        visit.device_code = ""
        metadata = await self._provider.metadata()
        async with oauth_client(self._settings, self._wire, token=token) as client:
            try:
                claims = await verify_id_token(
                    token["id_token"],
                    provider=self._provider,
                    client_id=self._settings.client_id,
                    nonce=None,
                    access_token=token["access_token"],
                    now=self._clock(),
                )
                api = DataApi(client, metadata.issuer, self._clock)
                open_now = await api.check()
                about = await api.userinfo(metadata.userinfo_endpoint, claims["sub"])
                skills = await api.read("skills") if "skills" in open_now else None
            finally:
                await give_back(client, metadata)
        visit.name = clean(about.get("given_name"), 80)
        visit.skills = None if skills is None else skills_of(skills)
        visit.state = State.SHARED

    async def _post(self, endpoint: str, form: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
        return await post_form(self._settings, self._wire, endpoint, form, self._clock)
