"""The conversation with Accord: start, wait as long as it says, read once, give the token back.

Owns the order of the steps. Pages call it; it knows no page.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from examples.coach.data_api import DataApi
from examples.coach.id_token import verify_id_token
from examples.coach.outbound import Token, Wire, oauth_client
from examples.coach.polling import Asked, Polling, State
from examples.coach.portfolio import Skill, clean, skills_of
from examples.coach.problems import UnavailableError
from examples.coach.tokens import give_back
from examples.kiosk.settings import SCOPES
from examples.kit.settings import Settings, origin_of

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:device_code"


@dataclass(slots=True, kw_only=True)
class Visit(Asked):
    """One person at the screen.

    code, page, page_with_code: what she is shown (RFC 8628 section 3.3). skills: None where she shared none.
    """

    code: str
    page: str
    page_with_code: str
    device_code: str = field(repr=False)
    name: str = ""
    skills: tuple[Skill, ...] | None = field(default=None, repr=False)

    def forget(self) -> None:
        """For every request that still holds this object, too."""
        self.device_code = self.name = ""
        self.skills, self.state = None, State.EXPIRED


class Desk:
    """One per program. clock: seconds since 1970."""

    def __init__(self, settings: Settings, wire: Wire, clock: Callable[[], float]) -> None:
        self._settings, self._wire, self._clock = settings, wire, clock
        self._polling = Polling(settings, wire, clock)

    async def start(self) -> Visit:
        """A fresh code (RFC 8628 section 3.1). Raises BusyError, UnavailableError."""
        endpoint = await self._polling.provider.endpoint("device_authorization_endpoint")
        status, said = await self._polling.post(endpoint, {"scope": SCOPES})
        if status != 200:
            raise UnavailableError(f"device endpoint: HTTP {status}")
        return self._visit(said)

    async def look(self, visit: Visit) -> None:
        """See what came of it, no sooner than Accord said. Raises AccordProblemError."""
        form = {"grant_type": GRANT_TYPE, "device_code": visit.device_code}
        token = await self._polling.look(visit, form)
        if token is not None:
            await self._read(visit, token)

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
        return Visit(
            code=code,
            page=page,
            page_with_code=str(with_code),
            device_code=device_code,
            interval=interval,
            expires_at=now + seconds,
            asked_at=now,
        )

    async def _read(self, visit: Visit, token: Token) -> None:
        """What she shared, once; the token is given back at once."""
        visit.device_code = ""
        metadata = await self._polling.provider.metadata()
        async with oauth_client(self._settings, self._wire, token=token) as client:
            try:
                claims = await verify_id_token(
                    token["id_token"],
                    provider=self._polling.provider,
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
