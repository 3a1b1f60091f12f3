"""The only assembler: rooms, routes and guard become one ASGI application."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from foundation.logging import configure_logging
from foundation.settings import Settings, load_settings
from foundation.web.guard import Guard
from foundation.web.kit import build_web, install, mount
from foundation.web.lean import LeanRoutes
from idp.context import Server
from idp.endpoints import lean_table
from idp.francetravail import room as francetravail
from idp.mtls.layer import behind_proxies
from idp.openapi import openapi_document
from idp.pages import frame, mail_sender, mount_pages, open_people, page_errors, page_rooms
from idp.running.alone import only_server
from idp.running.background import in_background
from idp.running.metrics import METRICS_PATH, Metrics
from idp.running.opening import open_server, prepare_schema


@asynccontextmanager
async def open_app(server: Server) -> AsyncIterator[ASGIApp]:
    """The application over an open server, with its background work, for the length of the block."""
    server = francetravail.with_face(server)
    table = {**lean_table(server), **francetravail.lean_endpoints(server)}
    metrics = Metrics(server, table)
    table[METRICS_PATH] = {"GET": metrics.endpoint()}
    web = build_web(
        server.issuer,
        (*page_rooms(), francetravail.ROOM),
        frame=frame(server.settings),
        errors=(*page_errors(), *francetravail.ERRORS),
    )
    # No redirect for a slash too many: it would be a 307 to wherever Host says, password included.
    pages = FastAPI(title="Accord", docs_url=None, redoc_url=None, redirect_slashes=False)
    pages.openapi = lambda: openapi_document(server)  # type: ignore[method-assign]  # FastAPI's own way to replace it
    install(pages)
    async with AsyncExitStack() as stack:
        people = await stack.enter_async_context(open_people(server))
        authorize = mount_pages(pages, server, people)
        mount(pages, francetravail.router(server, people, authorize))
        await stack.enter_async_context(in_background(server, people, mail_sender(server, web)))
        yield behind_proxies(Guard(LeanRoutes(table, pages), web, metrics.observe), server.settings)


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
            # Alembic is synchronous and brings its own loop on PostgreSQL.
            await asyncio.to_thread(prepare_schema, self._settings)
            with only_server(self._settings):
                async with (
                    # Several workers keep every core busy already.
                    open_server(
                        self._settings, sequencing=True, signing_apart=self._settings.workers == 1
                    ) as server,
                    open_app(server) as app,
                ):
                    self._app = app
                    settle_memory()
                    await send({"type": "lifespan.startup.complete"})
                    await receive()
        except Exception as error:
            if self._app is None:
                await send({"type": "lifespan.startup.failed", "message": str(error)})
            raise
        await send({"type": "lifespan.shutdown.complete"})


def settle_memory() -> None:
    """Take what was made at start out of the garbage collector's rounds.

    It lives as long as the process; walking it again and again cost a twentieth of every call.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def from_environment() -> Application:
    """What uvicorn (or granian) calls in each worker."""
    configure_logging()  # a worker is a fresh process
    return Application(load_settings())
