"""/partner: a partner's own apps, and the addresses that her developers need."""

from pathlib import Path

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from foundation.text import N_
from foundation.web.kit import NavItem, Room, mount, page_router
from foundation.web.templates import render, translator_for
from idp.admin.cards import listed_app
from idp.clients.registry import clients_of
from idp.context import Server
from idp.discovery import OPENID_PATH, RESOURCE_PATH
from idp.partner.apps import DECIDED, AppPages
from idp.people.access import Access

ROOM = Room("partner", Path(__file__).parent)
NAVIGATION = (NavItem(N_("Mes applications partenaires"), "/partner", "partner"),)
ERRORS = (DECIDED,)


class PartnerPages:
    """The partner's pages."""

    def __init__(self, server: Server, access: Access) -> None:
        self._server = server
        self._partner = access.require_role("partner")
        self._apps = AppPages(server, access)

    def router(self) -> APIRouter:
        """Its routes."""
        router = page_router()
        router.add_api_route("/partner", self.space, methods=["GET"])
        mount(router, self._apps.router())
        return router

    async def space(self, request: Request) -> Response:
        """Her apps and our addresses."""
        session = await self._partner(request)
        async with self._server.db.reading() as tx:
            clients = await clients_of(tx, session.account_id or "")
        issuer = self._server.issuer
        addresses = (
            (N_("Découverte OpenID Connect"), issuer + OPENID_PATH),
            (N_("Données protégées (RFC 9728)"), issuer + RESOURCE_PATH + "/v1"),
            (N_("Description de l’API (OpenAPI)"), issuer + "/openapi.json"),
            (N_("Codes d’erreur"), issuer + "/errors"),
        )
        apps = [listed_app(client, translator_for(request)) for client in clients]
        return render(request, "partner/space.html", apps=apps, addresses=addresses)
