"""`python -m examples.kiosk`: serves Borne emploi on the loopback until it is interrupted."""

import logging
import os
import sys

import uvicorn

from examples.coach.settings import SettingsProblemError
from examples.kiosk.app import build_app
from examples.kiosk.settings import from_env

log = logging.getLogger("kiosk")


def main() -> int:
    logging.basicConfig(level=logging.INFO, format="%(name)s %(levelname)s %(message)s", stream=sys.stderr)
    logging.getLogger("httpx2").setLevel(logging.WARNING)  # its INFO lines carry whole URLs
    try:
        settings = from_env(os.environ)
    except SettingsProblemError as problem:
        log.error("%s", problem)  # noqa: TRY400  # a sentence for the operator, not a stack
        return 2
    log.info("Borne emploi is on %s and asks %s", settings.url, settings.issuer)
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


if __name__ == "__main__":
    sys.exit(main())
