"""`python -m examples.kiosk`: serves Borne emploi on the loopback until it is interrupted."""

import sys

from examples.kiosk.app import build_app
from examples.kiosk.settings import from_env
from examples.kit.running import run


def main() -> int:
    return run("kiosk", from_env, build_app)


if __name__ == "__main__":
    sys.exit(main())
