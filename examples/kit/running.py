"""A sample app as a program: settings of the environment, then serving until it is interrupted."""

import logging
import os
import sys
from collections.abc import Callable, Mapping

import uvicorn
from starlette.types import ASGIApp

from examples.kit.settings import SettingsProblemError, SettingsT


def run(
    name: str, from_env: Callable[[Mapping[str, str]], SettingsT], build_app: Callable[[SettingsT], ASGIApp]
) -> int:
    """Serve on the loopback, or wherever the settings say; the program's exit code. name: for its log."""
    log = logging.getLogger(name)
    logging.basicConfig(level=logging.INFO, format="%(name)s %(levelname)s %(message)s", stream=sys.stderr)
    logging.getLogger("httpx2").setLevel(logging.WARNING)  # its INFO lines carry whole URLs
    try:
        settings = from_env(os.environ)
    except SettingsProblemError as problem:
        log.error("%s", problem)  # noqa: TRY400  # a sentence for the operator, not a stack
        return 2
    log.info("on %s, asking %s", settings.url, settings.issuer)
    # No access log: a callback's URL carries a code. No proxy headers: our URL is a setting.
    uvicorn.run(
        build_app(settings),
        host=settings.host,
        port=settings.port,
        access_log=False,
        log_level="warning",
        proxy_headers=False,
        server_header=False,
    )
    return 0
