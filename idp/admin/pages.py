"""/admin: the apps, what each may ask, and whether it works."""

from pathlib import Path
from typing import NamedTuple

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from consent.catalogue import CATALOGUE
from consent.pages.values import show_date
from foundation.text import N_
from foundation.web.forms import parse_query
from foundation.web.i18n import Translator
from foundation.web.kit import NavItem, Room, page_router
from foundation.web.templates import render, translator_for
from idp.admin.declarations import NAVIGATION as DECLARATION_LINKS
from idp.admin.declarations import DeclarationPages
from idp.clients.registry import Client, list_clients
from idp.context import Server
from idp.people.access import Access

ROOM = Room("admin", Path(__file__).parent)
NAVIGATION = (NavItem(N_("Applications"), "/admin", "administrator"), *DECLARATION_LINKS)
_PAGE = 50
_LONGEST_ID = 100


class ListedScope(NamedTuple):
    """A scope an app may ask. label: a French msgid."""

    name: str
    label: str


class ListedApp(NamedTuple):
    """An app, as an administrator sees it in the list. verified_on: ISO date, verified: the same in words."""

    id: str
    name: str
    legal_entity: str
    suspended: bool
    verified_on: str
    verified: str
    auth_method: str
    required: list[ListedScope]
    optional: list[ListedScope]
    redirect_uris: tuple[str, ...]
    leaving_uris: tuple[str, ...]  # where its people go after signing out


class AdminPages:
    """The administrator's pages."""

    def __init__(self, server: Server, access: Access) -> None:
        self._server = server
        self._administrator = access.require_role("administrator")
        self._declarations = DeclarationPages(server, access)

    def router(self) -> APIRouter:
        """Its routes."""
        router = page_router()
        router.add_api_route("/admin", self.apps, methods=["GET"])
        router.include_router(self._declarations.router())
        return router

    async def apps(self, request: Request) -> Response:
        """A page of apps, by id. `after`: the last id of the page before."""
        await self._administrator(request)
        after = parse_query(request).single("after")[:_LONGEST_ID]
        async with self._server.db.reading() as tx:
            clients = await list_clients(tx, after=after, limit=_PAGE + 1)
        return render(
            request,
            "admin/apps.html",
            apps=[listed_app(client, translator_for(request)) for client in clients[:_PAGE]],
            more=clients[_PAGE - 1].id if len(clients) > _PAGE else "",
            later=bool(after),
        )


def listed_app(client: Client, t: Translator) -> ListedApp:
    """A registered app in this page's words."""
    metadata = client.metadata
    return ListedApp(
        client.id,
        metadata.name,
        metadata.legal_entity,
        client.suspended,
        metadata.verified_on,
        show_date(metadata.verified_on, t) if metadata.verified_on else "",
        metadata.auth_method,
        _scopes(metadata.required_scopes),
        _scopes(metadata.optional_scopes),
        metadata.redirect_uris,
        metadata.post_logout_redirect_uris,
    )


def _scopes(names: tuple[str, ...]) -> list[ListedScope]:
    return [ListedScope(name, CATALOGUE[name].label) for name in names]
