"""GET and POST /end-session, the question put to her, and the page that says that it is done."""

from pathlib import Path

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from foundation.web.forms import parse_query, read_form
from foundation.web.kit import Room, page_router
from foundation.web.templates import render
from idp.context import Server
from idp.logout.leaving import leave
from idp.logout.proof import Proof, prove
from idp.logout.request import LogoutRequest, parse_logout, with_query
from idp.people.by_mail import Onward
from idp.people.callers import caller_of
from idp.people.pages.common import destination
from idp.people.room import People
from idp.people.security import end_session
from idp.people.session import Session

ROOM = Room("logout", Path(__file__).parent)
END_SESSION_PATH = "/end-session"
_CONFIRM_PATH = "/end-session/confirm"
_DONE_PATH = "/signed-out"


class LogoutPages:
    """The routes, with what they work with."""

    def __init__(self, server: Server, people: People) -> None:
        self._server = server
        self._people = people

    def router(self) -> APIRouter:
        """The FastAPI router of these pages."""
        router = page_router()
        router.add_api_route(END_SESSION_PATH, self.ask, methods=["GET"])
        router.add_api_route(END_SESSION_PATH, self.ask_by_post, methods=["POST"])
        router.add_api_route(_CONFIRM_PATH, self.confirm, methods=["POST"])
        router.add_api_route(_DONE_PATH, self.done, methods=["GET"])
        return router

    async def ask(self, request: Request) -> Response:
        """Sign out whom the app's ID token is about; ask whoever else is signed in here.

        A link alone ends nobody's session (RP-Initiated Logout section 6): only an ID token of hers does.
        """
        asked = parse_logout(parse_query(request))
        session, proof = await self._weighed(request, asked)
        if session is None:
            return _leave(asked, proof) if proof.subject else _see(_done(asked, proof))
        if proof.is_about(self._server, session):
            return await self._end(request, session, asked, proof)
        return render(
            request,
            "logout/ask.html",
            form_action=[proof.ends_at] if proof.ends_at else [],
            proof=proof,
            elsewhere=proof.names(session),
            email=session.email,
            stray=_is_stray(asked, proof),
            action=_CONFIRM_PATH,
            hidden=_known(asked, proof),
            stay=destination(session.role, Onward()),
        )

    async def ask_by_post(self, request: Request) -> Response:
        """The same by POST (section 2).

        A cross-site POST carries no cookie of ours (SameSite=Lax), so it is turned into a GET before any
        session is looked for.
        """
        asked = parse_logout(await read_form(request, text=False))
        hints = {name: value for name in ("id_token_hint", "logout_hint") if (value := getattr(asked, name))}
        return _see(with_query(END_SESSION_PATH, hints | asked.carried))

    async def confirm(self, request: Request) -> Response:
        """She said yes, on our own page."""
        before = await self._people.access.load_session(request)
        if before is None or not before.signed_in:  # pressed twice: nothing is left to end
            asked = parse_logout(await read_form(request, text=False))
            return _see(with_query(_DONE_PATH, asked.carried))
        session, form = await self._people.access.posted(request)
        asked = parse_logout(form)
        async with self._server.db.reading() as tx:
            proof = await prove(self._server, tx, LogoutRequest(**asked.carried))
        return await self._end(request, session, asked, proof)

    async def done(self, request: Request) -> Response:
        """Nobody is signed in here: how to go back to the app, by a link that she follows or not."""
        asked = parse_logout(parse_query(request))
        session, proof = await self._weighed(request, LogoutRequest(**asked.carried))
        if session is not None:
            return _see(with_query(END_SESSION_PATH, asked.carried))
        return render(request, "logout/done.html", proof=proof, stray=_is_stray(asked, proof))

    async def _weighed(self, request: Request, asked: LogoutRequest) -> tuple[Session | None, Proof]:
        """The session of whoever is signed in, if anyone is, and what the request proves."""
        session = await self._people.access.load_session(request)
        async with self._server.db.reading() as tx:
            proof = await prove(self._server, tx, asked)
        return session if session is not None and session.signed_in else None, proof

    async def _end(self, request: Request, session: Session, asked: LogoutRequest, proof: Proof) -> Response:
        caller = caller_of(request, session, self._server.clock)
        app = proof.client.id if proof.client else None
        parted = await end_session(self._people, session.id, caller, app=app)
        name = proof.app_name if proof.back else ""
        response = leave(request, parted.frames, proof.back or _done(asked, proof), app_name=name)
        self._people.sessions.cookies.removal().put_on(response)
        return response


def _leave(asked: LogoutRequest, proof: Proof) -> Response:
    """To the app, where it asked for an address of its own; else to the page that says that it is done."""
    return _see(proof.back or _done(asked, proof))


def _done(asked: LogoutRequest, proof: Proof) -> str:
    return with_query(_DONE_PATH, _known(asked, proof))


def _known(asked: LogoutRequest, proof: Proof) -> dict[str, str]:
    """What the next page is told: nothing of a request that names no app, or contradicts itself."""
    return asked.carried | {"client_id": proof.client.id} if proof.client else {}


def _is_stray(asked: LogoutRequest, proof: Proof) -> bool:
    """Whether an address was asked for that the app never registered."""
    return bool(asked.post_logout_redirect_uri and proof.client and not proof.back)


def _see(location: str) -> Response:
    return RedirectResponse(location, 303)  # never 307, which would repeat a POST at the next place
