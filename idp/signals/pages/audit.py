"""/audit/signals: for auditors, how telling apps goes, and who owes an answer."""

from typing import NamedTuple
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from foundation.web.forms import parse_query
from foundation.web.kit import page_router
from foundation.web.templates import render
from idp.clients.registry import find_client
from idp.context import Server
from idp.people.access import Access
from idp.signals.overview import MOST, AppState, some_apps
from idp.signals.streams import StreamRow, every_stream

PATH = "/audit/signals"


class Line(NamedTuple):
    """One app. stream: None for one that polls without having said so."""

    name: str
    state: AppState
    stream: StreamRow | None


class AuditSignals:
    """The auditor's page; an administrator may look too."""

    def __init__(self, server: Server, access: Access) -> None:
        self._server = server
        self._auditor = access.require_role("auditor", "administrator")

    def router(self) -> APIRouter:
        """Its route."""
        router = page_router()
        router.add_api_route(PATH, self.show, methods=["GET"])
        return router

    async def show(self, request: Request) -> Response:
        """Apps that were told something, a page of them; `after`: the last of the page before."""
        await self._auditor(request)
        now, after = self._server.clock.now(), parse_query(request).single("after")
        lines = []
        async with self._server.db.reading() as tx:
            streams = {stream.client_id: stream for stream in await every_stream(tx)}
            states, more = await some_apps(tx, after, now)
            for state in states:
                client = await find_client(tx, state.client_id)
                name = state.client_id if client is None else client.metadata.name
                lines.append(Line(name, state, streams.get(state.client_id)))
        following = f"{PATH}?{urlencode({'after': states[-1].client_id})}" if more else ""
        return render(
            request,
            "signals/audit.html",
            lines=lines,
            now=now,
            most=MOST,
            first=PATH if after else "",
            following=following,
        )
