"""`accord serve`: the HTTP server."""

import asyncio
import os
import socket
from typing import Annotated, Any

import typer
import uvicorn

from foundation.logging import configure_logging
from foundation.settings import Settings
from foundation.web.connection import HttpConnection
from idp.commands.output import fail, guarded, settings_or_exit
from idp.running.opening import check_module, prepare_schema
from idp.running.workers import serve_with_workers

_FACTORY = "idp.app:from_environment"


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
    workers: Annotated[int | None, typer.Option(help="Processes; as many as cores.")] = None,
) -> None:
    """Serve until stopped; SIGTERM finishes what is under way first."""
    settings = settings_or_exit(host=host, port=port, workers=workers)
    insist_on_port(settings.host, settings.port, "--port (or ACCORD_PORT)")
    guarded(lambda: prepare_schema(settings))
    guarded(lambda: asyncio.run(check_module(settings)))
    configure_logging()
    # Workers read their settings from the environment: what flags changed must be there too.
    for name in ("host", "port", "workers"):
        os.environ[f"ACCORD_{name.upper()}"] = str(getattr(settings, name))
    if settings.workers == 1:
        uvicorn.run(_FACTORY, **uvicorn_options(settings))
    else:
        serve_with_workers(_FACTORY, settings.workers, uvicorn_options(settings))


def insist_on_port(host: str, port: int, variable: str) -> None:
    """Say in plain words that a port is taken, before anything is opened. variable: what would change it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise fail(
                f"cannot listen on {host} port {port}: {error.strerror}; {variable} chooses another"
            ) from None


def uvicorn_options(settings: Settings) -> dict[str, Any]:
    """How we are served: no access log (URLs carry codes).

    Of what proxies tell, only the caller's address counts, by which attempts are limited, and only where the
    operator named them: the issuer is a setting.
    """
    return {
        "host": settings.host,
        "port": settings.port,
        "factory": True,
        "loop": "uvloop",
        "http": HttpConnection,
        "lifespan": "on",
        "access_log": False,
        "log_config": None,
        "server_header": False,
        # Where proxies pass certificates on, our own layer comes first and does this too (idp/mtls/layer.py).
        "proxy_headers": bool(settings.trusted_proxies) and not settings.client_certificate_header,
        "forwarded_allow_ips": settings.trusted_proxies,
        "ws": "none",
        "timeout_graceful_shutdown": 20,
        "timeout_worker_healthcheck": 30,  # a worker on a busy machine may be slow to start
    }
