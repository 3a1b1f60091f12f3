"""`accord demo`: everything on one machine, with people and an app to try it with."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import uvicorn

from foundation.logging import configure_logging
from foundation.settings import Settings
from idp.app import Application
from idp.commands.output import err, fail, guarded, settings_or_exit
from idp.commands.serve import insist_on_port, uvicorn_options
from idp.migrations.schema import upgrade
from idp.running.opening import open_server
from idp.seed import (
    COACH_ID,
    COACH_PUSH_SECRET,
    COACH_SECRET,
    KIOSK_ID,
    KIOSK_SECRET,
    PASSWORD,
    coach_origin,
    kiosk_origin,
    seed_demo,
)

_START_SECONDS = 30.0


def demo() -> None:
    """Start Accord and its sample apps, with seeded people; Ctrl-C ends them all."""
    given = None if "ACCORD_DATA_DIR" in os.environ else Path("var/demo")
    settings = settings_or_exit(data_dir=given)
    # The guard on what leaves lets the sample app be told of withdrawals, over http on the loopback.
    allowed = ",".join(filter(None, (settings.outbound_allow, urlsplit(coach_origin(settings)).netloc)))
    settings = settings_or_exit(data_dir=given, outbound_allow=allowed)
    insist_on_port(settings.host, settings.port, "ACCORD_PORT")
    insist_on_port(settings.host, settings.app_port, "ACCORD_APP_PORT")
    insist_on_port(settings.host, settings.kiosk_port, "ACCORD_KIOSK_PORT")
    guarded(lambda: upgrade(settings.storage_url))
    configure_logging(level="warning")
    try:
        guarded(lambda: asyncio.run(_run(settings)))
    except KeyboardInterrupt:
        err.print("Stopped.")


async def _run(settings: Settings) -> None:
    async with open_server(settings) as server:
        await seed_demo(server)
    options: dict[str, Any] = uvicorn_options(settings) | {"factory": False}
    web = uvicorn.Server(uvicorn.Config(Application(settings), **options))
    serving = asyncio.create_task(web.serve())
    try:
        await _until(lambda: _started(web, serving))
        async with _sample("coach", _coach(settings)), _sample("kiosk", _kiosk(settings)):
            await _until(lambda: _answers(coach_origin(settings)))
            await _until(lambda: _answers(kiosk_origin(settings)))
            _tell(settings)
            await serving
    finally:
        web.should_exit = True
        await serving


async def _started(web: uvicorn.Server, serving: asyncio.Task[None]) -> bool:
    if serving.done():
        await serving
        raise fail(f"nothing could be served on port {web.config.port}: is it in use?")
    return web.started


async def _answers(url: str) -> bool:
    async with httpx2.AsyncClient() as client:
        try:
            return (await client.get(url)).status_code < 500
        except httpx2.TransportError:
            return False


async def _until(condition: Any) -> None:  # noqa: ANN401  # a function that answers an awaitable bool
    async with asyncio.timeout(_START_SECONDS):
        while not await condition():  # noqa: ASYNC110  # another process cannot set an event of ours
            await asyncio.sleep(0.05)


def _coach(settings: Settings) -> dict[str, str]:
    return {
        "COACH_ISSUER": settings.issuer_url,
        "COACH_CLIENT_ID": COACH_ID,
        "COACH_CLIENT_SECRET": COACH_SECRET,
        "COACH_PUSH_SECRET": COACH_PUSH_SECRET,
        "COACH_PORT": str(settings.app_port),
        "COACH_URL": coach_origin(settings),
    }


def _kiosk(settings: Settings) -> dict[str, str]:
    return {
        "KIOSK_ISSUER": settings.issuer_url,
        "KIOSK_CLIENT_ID": KIOSK_ID,
        "KIOSK_CLIENT_SECRET": KIOSK_SECRET,
        "KIOSK_PORT": str(settings.kiosk_port),
        "KIOSK_URL": kiosk_origin(settings),
    }


@asynccontextmanager
async def _sample(name: str, environment: dict[str, str]) -> AsyncIterator[None]:
    """A sample app, a process of its own that knows us by our discovery document alone."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        f"examples.{name}",
        env=os.environ | environment,
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
            await process.wait()


def _tell(settings: Settings) -> None:
    err.print(
        f"\n[bold]Accord[/]       {settings.issuer_url}\n"
        f"[bold]Cap Coaching[/] {coach_origin(settings)}   (the sample app: start here)\n"
        f"[bold]Borne emploi[/] {kiosk_origin(settings)}   (a public screen; your phone answers)\n\n"
        f"Sign in as amina@example.org, bruno@example.org, chloe@example.org (people),\n"
        f"auditor@example.org, admin@example.org or partner@example.org. Password for all: {PASSWORD}\n",
        highlight=False,
        soft_wrap=True,
    )
    sys.stdout.write(f"ready {settings.issuer_url}\n")
    sys.stdout.flush()
