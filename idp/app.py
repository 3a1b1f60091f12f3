"""The only assembler: rooms, routes and guard become one ASGI application."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from foundation.settings import Settings, load_settings
from foundation.web.guard import Guard
from foundation.web.kit import build_web, install
from foundation.web.lean import LeanRoutes, Table
from idp.context import Server
from idp.discovery import metadata_table
from idp.openapi import openapi_document
from idp.pages import mount_pages, navigation, open_people, page_errors, page_rooms
from idp.resource.routes import resource_table
from idp.running.background import in_background
from idp.running.health import health_table
from idp.running.ledger_routes import ledger_table
from idp.running.metrics import Metrics
from idp.running.opening import check_schema, open_server
from idp.token.introspection import INTROSPECTION_PATH, introspection_endpoint
from idp.token.revocation import REVOCATION_PATH, revocation_endpoint
from idp.token.routes import TOKEN_PATH, token_endpoint


def lean_table(server: Server) -> Table:
    """Every lean endpoint: exact path, method, what answers."""
    return {
        TOKEN_PATH: {"POST": token_endpoint(server)},
        REVOCATION_PATH: {"POST": revocation_endpoint(server)},
        INTROSPECTION_PATH: {"POST": introspection_endpoint(server)},
        **resource_table(server),
        **metadata_table(server),
        **ledger_table(server),
        **health_table(server),
    }


@asynccontextmanager
async def open_app(server: Server) -> AsyncIterator[ASGIApp]:
    """The application over an open server, with its background work, for the length of the block."""
    table = dict(lean_table(server))
    metrics = Metrics(server, table)
    table["/metrics"] = {"GET": metrics.endpoint()}
    web = build_web(server.issuer, page_rooms(), navigation=navigation(), errors=page_errors())
    pages = FastAPI(title="Accord", docs_url=None, redoc_url=None)
    pages.openapi = lambda: openapi_document(server)  # type: ignore[method-assign]  # FastAPI's own way to replace it
    install(pages)
    async with AsyncExitStack() as stack:
        people = await stack.enter_async_context(open_people(server))
        mount_pages(pages, server, people)
        await stack.enter_async_context(in_background(server))
        yield Guard(metrics.around(LeanRoutes(table, pages)), web)


class Application:
    """The ASGI application of a worker process: opens the server when the lifespan starts."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif self._app is not None:
            await self._app(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            async with open_server(self._settings, sequencing=True) as server, open_app(server) as app:
                self._app = app
                await send({"type": "lifespan.startup.complete"})
                await receive()
        except Exception as error:
            if self._app is None:
                await send({"type": "lifespan.startup.failed", "message": str(error)})
            raise
        await send({"type": "lifespan.shutdown.complete"})


def from_environment() -> Application:
    """What uvicorn (or granian) calls in each worker."""
    settings = load_settings()
    check_schema(settings)
    return Application(settings)
