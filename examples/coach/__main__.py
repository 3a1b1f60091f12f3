"""`python -m examples.coach`: serves Cap Coaching on the loopback until it is interrupted."""

import sys

from examples.coach.app import build_app
from examples.coach.settings import from_env
from examples.kit.running import run


def main() -> int:
    return run("coach", from_env, build_app)


if __name__ == "__main__":
    sys.exit(main())
