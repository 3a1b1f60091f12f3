"""/account/mails: which mails a person gets, and in which language."""

from pathlib import Path

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from foundation.errors import AccordError
from foundation.text import N_
from foundation.web.forms import parse_query
from foundation.web.kit import NavItem, Room, page_router
from foundation.web.templates import render
from idp.context import Server
from idp.letters.choosing import Mails, choose_mails, chosen_mails
from idp.people.access import Access
from idp.people.callers import caller_of

ROOM = Room("letters", Path(__file__).parent)
MENU = (NavItem(N_("Mes e-mails"), "/account/mails", "person"),)
_PATH = "/account/mails"
_LANGUAGES = ("fr", "en")


class MailPages:
    """The page where a person chooses her mails."""

    def __init__(self, server: Server, access: Access) -> None:
        self._server = server
        self._access = access
        self._person = access.require_role("person")

    def router(self) -> APIRouter:
        """Its routes."""
        router = page_router()
        router.add_api_route(_PATH, self.show, methods=["GET"])
        router.add_api_route(_PATH, self.choose, methods=["POST"])
        return router

    async def show(self, request: Request) -> Response:
        """What she gets now."""
        session = await self._person(request)
        async with self._server.db.reading() as tx:
            mails = await chosen_mails(tx, session.account_id or "")
        saved = bool(parse_query(request).single("saved"))
        return render(request, "letters/mails.html", mails=mails, email=session.email, saved=saved)

    async def choose(self, request: Request) -> Response:
        """Take what she wants."""
        await self._person(request)
        session, form = await self._access.posted(request)
        locale = form.single("locale")
        if locale not in _LANGUAGES:
            raise AccordError("invalid_choice", "This language is not one of those offered.", status=400)
        wish = Mails(form.single("reminders") == "1", locale)
        await choose_mails(self._server, wish, caller_of(request, session, self._server.clock))
        return RedirectResponse(f"{_PATH}?saved=1", 303)
