"""`accord demo`: everything on one machine, with people and an app to try it with."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx2
import uvicorn

from foundation.logging import configure_logging
from foundation.settings import Settings
from idp.commands.output import err, fail, guarded, settings_or_exit
from idp.commands.serve import insist_on_port, uvicorn_options
from idp.migrations.schema import upgrade
from idp.running.opening import open_server
from idp.seed import (
    ADVISER_ID,
    ADVISER_SECRET,
    COACH_ID,
    COACH_PUSH_SECRET,
    COACH_SECRET,
    KIOSK_ID,
    KIOSK_SECRET,
    PASSWORD,
    adviser_origin,
    coach_origin,
    kiosk_origin,
    seed_demo,
)

_START_SECONDS = 30.0


def demo() -> None:
    """Start Accord and its sample apps, with seeded people; Ctrl-C or SIGTERM ends them all."""
    given = None if "ACCORD_DATA_DIR" in os.environ else Path("var/demo")
    settings = settings_or_exit(data_dir=given)
    # The guard on what leaves lets the sample app be told of withdrawals, over http on the loopback.
    allowed = ",".join(filter(None, (settings.outbound_allow, urlsplit(coach_origin(settings)).netloc)))
    settings = settings_or_exit(data_dir=given, outbound_allow=allowed)
    insist_on_port(settings.host, settings.port, "ACCORD_PORT")
    insist_on_port(settings.host, settings.app_port, "ACCORD_APP_PORT")
    insist_on_port(settings.host, settings.adviser_port, "ACCORD_ADVISER_PORT")
    insist_on_port(settings.host, settings.kiosk_port, "ACCORD_KIOSK_PORT")
    guarded(lambda: upgrade(settings.storage_url))
    configure_logging(level="warning")
    # The server gives a signal back when it has ended; this one would leave the sample apps behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        guarded(lambda: asyncio.run(_run(settings)))
    except KeyboardInterrupt:
        err.print("Stopped.")


async def _run(settings: Settings) -> None:
    async with open_server(settings) as server:
        await seed_demo(server)
    options: dict[str, Any] = uvicorn_options(settings) | {"factory": False}
    from idp.app import Application  # noqa: PLC0415  # every page there is: other commands start without

    web = uvicorn.Server(uvicorn.Config(Application(settings), **options))
    serving = asyncio.create_task(web.serve())
    try:
        await _until(lambda: _started(web, serving))
        async with AsyncExitStack() as programs:
            samples = _samples(settings)
            for sample in samples:
                await programs.enter_async_context(_running(sample, settings.issuer_url))
            for sample in samples:
                await _until(partial(_answers, sample.url))
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


class _Sample(NamedTuple):
    """A sample app, examples/<name>; more: what it alone is told."""

    name: str
    client_id: str
    secret: str
    port: int
    url: str
    more: Mapping[str, str] = {}

    def environment(self, issuer: str) -> dict[str, str]:
        told = {
            "ISSUER": issuer,
            "CLIENT_ID": self.client_id,
            "CLIENT_SECRET": self.secret,
            "PORT": str(self.port),
            "URL": self.url,
            **self.more,
        }
        return {f"{self.name.upper()}_{name}": value for name, value in told.items()}


def _samples(settings: Settings) -> list[_Sample]:
    push = {"PUSH_SECRET": COACH_PUSH_SECRET}
    return [
        _Sample("coach", COACH_ID, COACH_SECRET, settings.app_port, coach_origin(settings), push),
        _Sample("adviser", ADVISER_ID, ADVISER_SECRET, settings.adviser_port, adviser_origin(settings)),
        _Sample("kiosk", KIOSK_ID, KIOSK_SECRET, settings.kiosk_port, kiosk_origin(settings)),
    ]


@asynccontextmanager
async def _running(sample: _Sample, issuer: str) -> AsyncIterator[None]:
    """A sample app, a process of its own that knows us by our discovery document alone."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        f"examples.{sample.name}",
        env=os.environ | sample.environment(issuer),
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
        f"[bold]Cap Conseil[/]  {adviser_origin(settings)}   (an adviser asks; her phone answers)\n"
        f"[bold]Borne emploi[/] {kiosk_origin(settings)}   (a public screen; your phone answers)\n\n"
        f"Sign in as amina@example.org, bruno@example.org, chloe@example.org (people),\n"
        f"auditor@example.org, admin@example.org or partner@example.org. Password for all: {PASSWORD}\n",
        highlight=False,
        soft_wrap=True,
    )
    sys.stdout.write(f"ready {settings.issuer_url}\n")
    sys.stdout.flush()
