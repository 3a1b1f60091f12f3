"""The two addresses that browsers open: the authorization endpoint and the logout."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from foundation.web.forms import parse_query
from foundation.web.kit import page_router
from idp.authorize.hint import hinted_claims
from idp.authorize.request import CORE_PARAMETERS, parse_request
from idp.authorize.routes import AuthorizeRoutes
from idp.clients.registry import Client, find_client
from idp.clients.subjects import subject_for
from idp.context import Server
from idp.francetravail import PROFILE
from idp.francetravail.token import check_realm
from idp.logout.leaving import leave
from idp.people.callers import caller_of
from idp.people.room import People
from idp.people.security import end_session

AUTHORIZE_PATH = "/connexion/oauth2/authorize"
LOGOUT_PATH = "/compte/deconnexion"
_TWICE = LOGOUT_PATH + LOGOUT_PATH  # as one app writes it


class FranceTravailPages:
    """The routes, with what they work with."""

    def __init__(self, server: Server, people: People, authorize: AuthorizeRoutes) -> None:
        self._server = server
        self._people = people
        self._authorize = authorize

    def router(self) -> APIRouter:
        """The FastAPI router of these addresses."""
        router = page_router()
        router.add_api_route(AUTHORIZE_PATH, self.authorize, methods=["GET"])
        router.add_api_route(LOGOUT_PATH, self.sign_out, methods=["GET"])
        router.add_api_route(_TWICE, self.sign_out, methods=["GET"])
        return router

    async def authorize(self, request: Request) -> Response:
        """A request of one of this face's apps, then the way that all requests go."""
        check_realm(request)
        form = parse_query(request)
        asked = parse_request({name: form.many(name) for name in CORE_PARAMETERS})
        return await self._authorize.open(request, asked.model_copy(update={"profile": PROFILE}))

    async def sign_out(self, request: Request) -> Response:
        """Close the session that the ID token is about, and bring her back to the app.

        Whatever is missing or wrong, she is never left on a dead end: Accord's own page asks her whether to
        sign out (a link alone may not do it), or says that it is done.
        """
        query = parse_query(request)
        client, subject = await self._meant(query.single("id_token_hint"))
        if client is None:
            return RedirectResponse("/logout", 303)
        uri = query.single("redirect_uri")
        back = uri if client.allows_return(uri) else "/?notice=signed-out"
        response: Response = RedirectResponse(back, 303)
        session = await self._people.access.load_session(request)
        if session is not None and session.person is not None:
            if subject_for(client, session.person) != subject:
                # Somebody else is signed in by now: her session is not the app's to close.
                return RedirectResponse(uri, 303) if back == uri else RedirectResponse("/logout", 303)
            caller = caller_of(request, session, self._server.clock)
            parted = await end_session(self._people, session.id, caller, app=client.id)
            name = client.metadata.name if back == uri else ""
            response = leave(request, parted.frames, back, app_name=name)
            self._people.sessions.cookies.removal().put_on(response)
        return response

    async def _meant(self, hint: str) -> tuple[Client | None, str]:
        """The app and the person that an ID token of ours is about, however old; no app for anything else."""
        claims = hinted_claims(self._server, hint)
        client_id, subject = claims.get("aud"), claims.get("sub")
        if claims.get("iss") != self._server.face(PROFILE).issuer:
            return None, ""
        if not isinstance(client_id, str) or not isinstance(subject, str):
            return None, ""
        async with self._server.db.reading() as tx:
            return await find_client(tx, client_id), subject
