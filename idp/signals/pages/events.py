"""/signals/events: what each event means, where its type's address leads."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from foundation.errors import AccordError
from foundation.web.kit import page_router
from foundation.web.templates import render
from idp.context import Server
from idp.signals.documents import CONFIGURATION_PATH
from idp.signals.kinds import EVENTS_PATH, EVERY, KINDS, event_uri
from idp.signals.poll import POLL_PATH


class EventPages:
    """Pages that anyone may read."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def router(self) -> APIRouter:
        """Their routes."""
        router = page_router()
        router.add_api_route(EVENTS_PATH.rstrip("/"), self.every, methods=["GET"])
        router.add_api_route(EVENTS_PATH + "{name}", self.one, methods=["GET"])
        return router

    async def every(self, request: Request) -> Response:
        """All of them, and how they reach an app."""
        issuer = self._server.issuer
        return render(
            request,
            "signals/events.html",
            kinds=list(KINDS.values()),
            configuration=issuer + CONFIGURATION_PATH,
            poll=issuer + POLL_PATH,
            days=self._server.settings.signals_days,
        )

    async def one(self, request: Request, name: str) -> Response:
        """One, with what it says."""
        kind = KINDS.get(name)
        if kind is None:
            raise AccordError("not_found", "There is no such event.", status=404)
        uri = event_uri(self._server.issuer, name)
        return render(request, "signals/event.html", kind=kind, every=EVERY, uri=uri)
