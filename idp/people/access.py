"""Who is asking: a request's session, loaded once, and the guards that routes stand behind.

session = await access.load_session(request)                 # Session or None
session, cookie = await access.ensure_session(request)       # one even for a stranger; cookie to set or None
Depends(access.current_person)                               # signed in, or sent to sign in
Depends(access.require_role("auditor"))                      # and of that role, or 403
posted = await access.posted(request)                        # a form that this session was served
"""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

import structlog
from starlette.requests import Request
from starlette.responses import Response

from foundation.clock import Clock
from foundation.database import Database
from foundation.errors import AccordError, StorageUnavailableError
from foundation.text import N_
from foundation.web.csrf import check
from foundation.web.errors import ErrorWords
from foundation.web.forms import Form, read_form
from idp.people.cookies import SetCookie, parse_credential
from idp.people.session import Session
from idp.people.sessions import Sessions

if TYPE_CHECKING:
    from foundation.web.kit import Web

log = structlog.get_logger("people")

_UNREAD = object()

SIGN_IN_REQUIRED = ErrorWords(
    "sign_in_required",
    N_("Connectez-vous pour continuer"),
    N_("Cette page est personnelle. Connectez-vous, vous y reviendrez aussitôt."),
    N_("Me connecter"),
    "/login",
)


class Posted(NamedTuple):
    """A form that came from our own page, in this session."""

    session: Session
    form: Form


class Access:
    """Loads sessions and guards routes."""

    def __init__(self, db: Database, clock: Clock, sessions: Sessions) -> None:
        self._db = db
        self._clock = clock
        self.sessions = sessions

    async def load_session(self, request: Request) -> Session | None:
        """The request's live session, signed in or not; read once a request.

        Tells the web kit who looks, and writes at most once a minute that she was here.
        """
        state = request.scope["state"]
        found: Session | None = state.get("session", _UNREAD)
        if found is _UNREAD:
            found = state["session"] = await self._find(request)
            if found is not None:
                state["visitor"] = found.visitor
        return found

    async def ensure_session(self, request: Request) -> tuple[Session, SetCookie | None]:
        """The request's session, or a fresh anonymous one with the cookie that the answer must set."""
        session = await self.load_session(request)
        if session is not None:
            return session, None
        session = self.sessions.anonymous(self._clock.now())
        request.scope["state"].update(session=session, visitor=session.visitor)
        return session, self.sessions.cookies.carrying(session.credential)

    async def current_person(self, request: Request) -> Session:
        """A dependency: the session of someone signed in. Others are sent to sign in and come back."""
        session = await self.load_session(request)
        if session is None or not session.signed_in:
            raise AccordError(
                "sign_in_required",
                "Sign in first.",
                status=303,
                headers={"Location": f"/login?next={quote(_path_back(request), safe='/')}"},
            )
        return session

    def require_role(self, *roles: str) -> Callable[[Request], Awaitable[Session]]:
        """A dependency: the session of someone signed in with one of `roles`; 403 for the others."""

        async def of_role(request: Request) -> Session:
            session = await self.current_person(request)
            if session.role not in roles:
                raise AccordError("forbidden", "This account does not have the role.", status=403)
            return session

        return of_role

    async def posted(self, request: Request) -> Posted:
        """The session and the form of a page's POST. Raises AccordError csrf_refused, or what the form is."""
        web: Web = request.scope["accord.web"]
        form = await read_form(request)
        session, _ = await self.ensure_session(request)  # a stranger's form fails the check, not the reading
        check(request, form, session.form_secret, web.origin)
        return Posted(session, form)

    async def page(self, request: Request, make: Callable[[Session], Response]) -> Response:
        """The page that `make` renders for a session, which it gives to a browser that has none."""
        session, cookie = await self.ensure_session(request)
        response = make(session)
        if cookie is not None:
            cookie.put_on(response)
        return response

    async def _find(self, request: Request) -> Session | None:
        credential = parse_credential(request.cookies.get(self.sessions.cookies.name, ""))
        if credential is None:
            return None
        now = self._clock.now()
        async with self._db.reading() as tx:
            found = await self.sessions.find(tx, credential, now)
        if found is None:
            return None
        session, write_seen = found
        if write_seen:
            await self._seen(session, now)
        return session

    async def _seen(self, session: Session, now: int) -> None:
        try:
            async with self._db.transaction() as tx:
                await self.sessions.seen(tx, session.id, now)
        except StorageUnavailableError:
            log.warning("a sign of life was not kept")  # what she reads does not depend on it


def _path_back(request: Request) -> str:
    """Where to return after signing in: only what a GET can open again."""
    if request.method not in {"GET", "HEAD"}:
        return "/"
    query = request.url.query
    return f"{request.url.path}?{query}" if query else request.url.path
