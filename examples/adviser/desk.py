"""The conversation with Accord: ask, wait as long as it says, fetch the answer, read what was approved.

Owns the order of the steps. Pages call it; it knows no page.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from authlib.integrations.httpx_client import AsyncOAuth2Client

from examples.adviser.settings import SCOPES
from examples.coach.data_api import DataApi
from examples.coach.id_token import verify_id_token
from examples.coach.outbound import Token, Wire, oauth_client
from examples.coach.polling import Asked, Polling, State
from examples.coach.portfolio import Portfolio, clean, experiences_of, skills_of
from examples.coach.problems import UnavailableError
from examples.kit.settings import Settings

GRANT_TYPE = "urn:openid:params:grant-type:ciba"
_SECONDS = 600
# Nothing that is read aloud or compared at arm's length as something else.
_LETTERS, _DIGITS = "ACDEFGHJKLMNPQRTUVWXY", "346789"


@dataclass(slots=True, kw_only=True)
class Appointment(Asked):
    """One request, and what came of it. code: what both screens say."""

    code: str
    auth_req_id: str = field(repr=False)
    name: str = ""
    portfolio: Portfolio = field(default_factory=Portfolio, repr=False)


class Desk:
    """One per program. clock: seconds since 1970."""

    def __init__(self, settings: Settings, wire: Wire, clock: Callable[[], float]) -> None:
        self._settings, self._wire, self._clock = settings, wire, clock
        self._polling = Polling(settings, wire, clock)

    async def ask(self, person: str) -> Appointment | None:
        """Ask the person behind an identifier; None when Accord cannot take what was typed.

        Whether anybody is behind it, Accord does not say. Raises BusyError, UnavailableError.
        """
        code = _new_code()
        form = {
            "scope": SCOPES,
            "login_hint": person,
            "binding_message": code,
            "requested_expiry": str(_SECONDS),
        }
        endpoint = await self._polling.provider.endpoint("backchannel_authentication_endpoint")
        status, said = await self._polling.post(endpoint, form)
        if status == 400 and said.get("error") in {"invalid_request", "unknown_user_id"}:
            return None
        auth_req_id, seconds = said.get("auth_req_id"), said.get("expires_in")
        interval = said.get("interval", 5)
        if status != 200 or not isinstance(auth_req_id, str) or not isinstance(seconds, int):
            raise UnavailableError(f"backchannel endpoint: HTTP {status}")
        if not isinstance(interval, int) or not 0 < interval <= 60:
            raise UnavailableError("backchannel endpoint: an interval that we cannot use")
        now = self._clock()
        return Appointment(
            code=code, auth_req_id=auth_req_id, interval=interval, expires_at=now + seconds, asked_at=now
        )

    async def look(self, appointment: Appointment) -> None:
        """See what came of it, no sooner than Accord said. Raises BusyError, UnavailableError."""
        form = {"grant_type": GRANT_TYPE, "auth_req_id": appointment.auth_req_id}
        token = await self._polling.look(appointment, form)
        if token is not None:
            await self._read(appointment, token)

    async def _read(self, appointment: Appointment, token: Token) -> None:
        """What she approved, once; the token is not kept."""
        claims = await verify_id_token(
            token["id_token"],
            provider=self._polling.provider,
            client_id=self._settings.client_id,
            nonce=None,
            access_token=token["access_token"],
            now=self._clock(),
        )
        metadata = await self._polling.provider.metadata()
        async with self._client(token) as client:
            api = DataApi(client, metadata.issuer, self._clock)
            open_now = await api.check()
            about = await api.userinfo(metadata.userinfo_endpoint, claims["sub"])
            skills = await api.read("skills") if "skills" in open_now else None
            jobs = await api.read("experiences") if "experiences" in open_now else None
        appointment.name = clean(about.get("name"), 80) or clean(about.get("given_name"), 80)
        appointment.portfolio = Portfolio(
            skills=None if skills is None else skills_of(skills),
            experiences=None if jobs is None else experiences_of(jobs),
        )
        appointment.state = State.SHARED

    def _client(self, token: Token | None = None) -> AsyncOAuth2Client:
        return oauth_client(self._settings, self._wire, token=token)


def _new_code() -> str:
    letters = "".join(secrets.choice(_LETTERS) for _ in range(3))
    return letters + "-" + "".join(secrets.choice(_DIGITS) for _ in range(3))
