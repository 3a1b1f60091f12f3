"""The conversations with Accord, whole: signing in, checking, reading again, leaving.

Owns the order of the steps and what is kept of them. Pages call it; it knows no page.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from authlib.integrations.httpx_client import AsyncOAuth2Client

from examples.coach.authorization import Pending, authorization_url
from examples.coach.data_api import DataApi
from examples.coach.discovery import Metadata, Provider
from examples.coach.id_token import verify_id_token
from examples.coach.outbound import Token, Wire, oauth_client
from examples.coach.portfolio import clean, experiences_of, skills_of, trainings_of
from examples.coach.problems import (
    AccordProblemError,
    BusyError,
    EndedError,
    PausedError,
    UnavailableError,
    WithdrawnError,
)
from examples.coach.sessions import Session
from examples.coach.settings import OPTIONAL_SCOPES, SCOPES, Settings
from examples.coach.tokens import checked, give_back, redeem

log = logging.getLogger("coach.desk")

UNCHECKED_SECONDS = 600
"""How long a copy may be shown when Accord cannot be asked whether it still may be."""

_READERS: Mapping[str, Callable[[Sequence[Any]], Any]] = {
    "skills": skills_of,
    "experiences": experiences_of,
    "trainings": trainings_of,
}


class Desk:
    """One per program. `clock`: seconds since 1970."""

    def __init__(self, settings: Settings, wire: Wire, clock: Callable[[], float]) -> None:
        self.settings = settings
        self.clock = clock
        self.provider = Provider(settings, wire, clock)
        self.wire = wire

    async def way_to_accord(self, pending: Pending, *, language: str, ask_again: bool) -> str:
        """The URL to send the browser to. Raises UnavailableError, BusyError."""
        metadata = await self.provider.metadata()
        async with self._fresh_client() as client:
            return authorization_url(client, metadata, pending, language=language, ask_again=ask_again)

    async def sign_in(self, code: str, pending: Pending) -> Session:
        """Redeems the code, checks who it is for, reads what was shared.

        Raises SignInError, BusyError, UnavailableError. Once the person is known, a reading that Accord puts
        off does not undo the sign-in: it is kept for later in `unread`.
        """
        metadata = await self.provider.metadata()
        async with self._fresh_client() as client:
            token = await redeem(client, metadata, code, pending, self.clock)
        now = self.clock()
        claims = await verify_id_token(
            token.pop("id_token"),
            provider=self.provider,
            client_id=self.settings.client_id,
            nonce=pending.nonce,
            access_token=token["access_token"],
            now=now,
        )
        session = Session(
            subject=claims["sub"],
            name=_name(claims),
            email=clean(claims.get("email"), 254),
            started_at=now,
            checked_at=now,
            token=token,
            granted=_granted(token),
        )
        await self._read_everything(session, metadata)
        return session

    async def confirm(self, session: Session) -> None:
        """Before anything personal is shown: is it still allowed? What Accord put off earlier is read now.

        Raises WithdrawnError or EndedError: delete the session. BusyError or UnavailableError: only when what
        we hold was last confirmed too long ago to be shown.
        """
        async with session.lock:
            _check_over(session)
            if self.clock() < session.busy_until:
                self._tolerate(session, BusyError(self.wait(session)))
                return
            try:
                metadata = await self.provider.metadata()
                async with self._client_of(session, metadata) as client:
                    open_now = await DataApi(client, metadata.issuer, self.clock).check()
                session.checked_at, session.paused = self.clock(), False
                _narrow(session, session.granted - (frozenset(OPTIONAL_SCOPES) - open_now))
            except (BusyError, UnavailableError) as problem:
                self._tolerate(session, problem)
                return
            if session.unread:
                await self._read_everything(session, metadata)

    async def read_again(self, session: Session) -> None:
        """The person asks for fresh data. Raises WithdrawnError, EndedError, BusyError, UnavailableError."""
        async with session.lock:
            _check_over(session)
            if self.clock() < session.busy_until:
                raise BusyError(self.wait(session))
            await self._read_everything(session, await self.provider.metadata())

    async def leave(self, session: Session) -> None:
        """Gives the tokens back; the caller has already forgotten the session. Never fails."""
        if session.over:
            return  # they went with the rest
        try:
            metadata = await self.provider.metadata()
            async with self._client_of(session, metadata) as client:
                await give_back(client, metadata)
        except AccordProblemError as problem:
            log.info("tokens not given back: %s", type(problem).__name__)

    def wait(self, session: Session) -> int:
        """Seconds before Accord may be asked again; 0 when it may be now."""
        return max(0, round(session.busy_until - self.clock()))

    async def _read_everything(self, session: Session, metadata: Metadata) -> None:
        """Reads the identity and each granted set; what Accord puts off stays in `unread`."""
        wanted = ["userinfo", *(name for name in _READERS if name in session.granted)]
        session.unread = frozenset(wanted)
        async with self._client_of(session, metadata) as client:
            api = DataApi(client, metadata.issuer, self.clock)
            try:
                for name in wanted:
                    await self._read_one(session, api, name, metadata)
                    session.unread -= {name}
            except (BusyError, UnavailableError) as problem:
                self._tolerate(session, problem)
            else:
                session.checked_at, session.paused = self.clock(), False

    async def _read_one(self, session: Session, api: DataApi, name: str, metadata: Metadata) -> None:
        if name == "userinfo":
            claims = await api.userinfo(metadata.userinfo_endpoint, session.subject)
            session.name = _name(claims) or session.name
            session.email = clean(claims.get("email"), 254) if "email" in session.granted else ""
            return
        items = await api.read(name)
        held = None if items is None else _READERS[name](items)
        session.portfolio = replace(session.portfolio, **{name: held})
        if items is None:
            _narrow(session, session.granted - {name})

    def _tolerate(self, session: Session, problem: BusyError | UnavailableError) -> None:
        """Remembers how long Accord asked us to wait; raises when our copy is too old to go on with."""
        log.info("Accord could not be asked: %s", problem)
        session.paused = isinstance(problem, PausedError)
        pause = problem.retry_after if isinstance(problem, BusyError) else 5
        if not session.paused:  # she may resume it at any moment, and come straight back
            session.busy_until = max(session.busy_until, self.clock() + pause)
        if self.clock() - session.checked_at > UNCHECKED_SECONDS:
            raise problem

    def _fresh_client(self) -> AsyncOAuth2Client:
        """One that holds no token yet."""
        client = oauth_client(self.settings, self.wire)
        client.redirect_uri = self.settings.redirect_uri
        return client

    def _client_of(self, session: Session, metadata: Metadata) -> AsyncOAuth2Client:
        async def keep(token: Token, **_: object) -> None:
            session.token = checked(token, with_id_token=False)
            _narrow(session, _granted(token))

        return oauth_client(
            self.settings,
            self.wire,
            token=dict(session.token),
            token_endpoint=metadata.token_endpoint,
            on_new_token=keep,
        )


def _check_over(session: Session) -> None:
    """Accord told us before she came back: what we held is gone already."""
    if session.over:
        raise WithdrawnError if session.over == "withdrawn" else EndedError


def _granted(token: Token) -> frozenset[str]:
    """The token answer's scope; when it says none, all that we asked (RFC 6749 section 5.1)."""
    said = token.get("scope")
    return frozenset(said.split() if isinstance(said, str) else SCOPES) & frozenset(SCOPES)


def _narrow(session: Session, granted: frozenset[str]) -> None:
    """What is no longer granted is no longer held. A later answer never widens what this session may hold."""
    session.granted &= granted
    session.unread &= session.granted | {"userinfo"}
    gone = [name for name in _READERS if name not in session.granted]
    session.portfolio = replace(session.portfolio, **dict.fromkeys(gone))
    if "email" not in session.granted:
        session.email = ""


def _name(claims: Mapping[str, Any]) -> str:
    return clean(claims.get("given_name"), 80) or clean(claims.get("name"), 80)
