"""`python -m examples.adviser`: serves Cap Conseil on the loopback until it is interrupted."""

import sys

from examples.adviser.app import build_app
from examples.adviser.settings import from_env
from examples.kit.running import run


def main() -> int:
    return run("adviser", from_env, build_app)


if __name__ == "__main__":
    sys.exit(main())
