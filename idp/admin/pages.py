"""/admin: the apps, what each may ask, and whether it works."""

from pathlib import Path

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from foundation.text import N_
from foundation.web.errors import ErrorWords
from foundation.web.forms import parse_query
from foundation.web.kit import NavItem, Room, mount, page_router
from foundation.web.templates import render, translator_for
from idp.admin.app import LONGEST_ID, AppPages
from idp.admin.cards import listed_app
from idp.admin.declarations import NAVIGATION as DECLARATION_LINKS
from idp.admin.declarations import DeclarationPages
from idp.admin.registration import RegistrationPages
from idp.admin.standing import list_standing
from idp.context import Server
from idp.people.access import Access

ROOM = Room("admin", Path(__file__).parent)
NAVIGATION = (NavItem(N_("Applications"), "/admin", "administrator"), *DECLARATION_LINKS)
ERRORS = (
    ErrorWords(
        "app_moved",
        N_("Cette application n’est plus comme vous l’avez vue"),
        N_("Elle a été suspendue ou reprise, ou son adresse a encore changé. Regardez-la à nouveau."),
    ),
)
_PAGE = 50


class AdminPages:
    """The administrator's pages."""

    def __init__(self, server: Server, access: Access) -> None:
        self._server = server
        self._administrator = access.require_role("administrator")
        self._rooms = (
            AppPages(server, access),
            DeclarationPages(server, access),
            RegistrationPages(server, access),
        )

    def router(self) -> APIRouter:
        """Its routes."""
        router = page_router()
        router.add_api_route("/admin", self.apps, methods=["GET"])
        for room in self._rooms:
            mount(router, room.router())
        return router

    async def apps(self, request: Request) -> Response:
        """A page of apps, by id. `after`: the last id of the page before; `by=itself`: those alone."""
        await self._administrator(request)
        query, t = parse_query(request), translator_for(request)
        after, by_itself = query.single("after")[:LONGEST_ID], query.single("by") == "itself"
        async with self._server.db.reading() as tx:
            rows = await list_standing(tx, after=after, most=_PAGE + 1, by_itself=by_itself)
        return render(
            request,
            "admin/apps.html",
            apps=[(row, listed_app(row.client, t)) for row in rows[:_PAGE]],
            by_itself=by_itself,
            more=rows[_PAGE - 1].id if len(rows) > _PAGE else "",
            later=bool(after),
        )
