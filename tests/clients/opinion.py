"""node's jose, asked about tokens: one process for all of a module's."""

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clients import npm
from tests.idp.tokens import b64, unb64
from tests.support.skips import program

Ask = Callable[..., bool]


@pytest.fixture(scope="module")
def jose() -> Iterator[Ask]:
    """Whether jose takes a token of a kind (differential.mjs)."""
    folder = npm.packages("jose@6.2.17")
    script = Path(__file__).parent / "differential.mjs"
    with subprocess.Popen(  # noqa: S603  # our own script
        [program("node"), str(script), str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        asked, told = process.stdin, process.stdout

        def ask(kind: str, token: str, **more: Any) -> bool:
            asked.write(json.dumps({"kind": kind, "token": token} | more) + "\n")
            asked.flush()
            said: dict[str, Any] = json.loads(told.readline())
            return bool(said["ok"])

        yield ask
        asked.close()


def loosely(part: str) -> bytes:
    """A part as jose reads it: blanks and padding count for nothing there."""
    return unb64("".join(part.split()).rstrip("="))


def has_one_spelling(token: str) -> bool:
    """Whether each part is written as base64url writes it: no padding, no bits left over, nothing beside."""
    return all(b64(loosely(part)) == part for part in token.split("."))
