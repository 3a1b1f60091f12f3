"""What every target can do, and what they share: pools of codes, refresh tokens and access tokens."""

import base64
import json
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from bench.postgres import Postgres
from bench.works import WORKS, Client, Endpoints, Request, Work, request_for

if TYPE_CHECKING:
    from bench.processes import Server

REPOSITORY = Path(__file__).resolve().parents[2]


class UnavailableError(RuntimeError):
    """This target cannot run here, or a step of it failed; the message says why."""


@dataclass(frozen=True)
class Context:
    """What a target is given to start with.

    out: the bench's folder. postgres: starts the shared PostgreSQL on first use.
    stack: whatever is entered on it ends with the run.
    """

    out: Path
    postgres: Callable[[], Postgres]
    stack: ExitStack


class Target(ABC):
    """One server, on one database."""

    name: str  # what --only matches
    title: str  # what the report calls it
    conditions: str  # one sentence of the report: how it is set up
    proves = False  # whether it is asked with proofs of possession, too

    def __init__(self) -> None:
        self.servers: list[Server] = []
        self.endpoints = Endpoints("", "", "")
        self.client = Client("", "")
        self.observed: dict[str, str] = {}

    @abstractmethod
    def start(self, context: Context) -> None:
        """Install what is missing, start it, wait until it is ready. Raises UnavailableError."""

    @abstractmethod
    def versions(self) -> str:
        """Its name and version, and its runtime's, for the report."""

    @abstractmethod
    def codes(self, count: int) -> list[str]:
        """That many fresh authorization codes, each ready to be redeemed."""

    def codes_for_reading(self, count: int) -> list[str]:
        """Codes whose access tokens introspection and userinfo take: any, unless overridden."""
        return self.codes(count)

    def client_for(self, work: Work) -> Client:  # noqa: ARG002  # for servers that need several clients
        """The client that makes the calls of `work`."""
        return self.client

    def serves(self, work: Work) -> bool:
        return (work.call != "read" or bool(self.endpoints.read)) and (self.proves or not work.beside)

    def request(self, work: Work) -> Request:
        return request_for(work, self.endpoints, self.client_for(work))

    def proofs(self, work: Work, values: Sequence[str], count: int) -> list[str]:  # noqa: ARG002  # of those that take some
        """`count` proofs of possession for calls of `work` that carry these values, again and again."""
        return []

    def values(self, work: Work, count: int) -> list[str]:
        """`count` values for `work`, fresh, each of which a right request may carry."""
        if not work.supply:
            return []
        if work.supply == "codes":
            return self.codes(count)
        codes = self.codes_for_reading(count) if work.supply == "access" else self.codes(count)
        first = next(one for one in WORKS if one.call == "redeem" and bool(one.beside) == bool(work.beside))
        redeem = self.request(first)
        carried = zip_longest(codes, self.proofs(first, codes, count), fillvalue="")
        with ThreadPoolExecutor(4) as threads, httpx.Client(timeout=30) as http:
            asked = [redeem.with_value(code, proof) for code, proof in carried]
            answers = list(threads.map(lambda one: call(http, one).json(), asked))
        return [answer[f"{work.supply}_token"] for answer in answers]

    def probe(self, work: Work) -> None:
        """One real call, before any load: raises when it fails, and notes what kind of token came."""
        (value,) = values = self.values(work, 1) or [""]
        (proof,) = self.proofs(work, values, 1) or [""]
        with httpx.Client(timeout=30) as http:
            answer = call(http, self.request(work).with_value(value, proof)).json()
        if work.name == "introspect" and answer.get("active") is not True:
            raise RuntimeError(f"{self.name} finds its own token inactive")
        seen = [
            f"{label} {token_kind(answer[field])}"
            for label, field in (("access", "access_token"), ("ID", "id_token"))
            if field in answer
        ]
        if seen:
            self.observed[work.name] = ", ".join(seen)


def call(http: httpx.Client, request: Request) -> httpx.Response:
    """Send it; raises RuntimeError with the body of an answer outside 2xx."""
    answer = http.request(request.method, request.url, headers=request.headers, content=request.body)
    if not answer.is_success:
        raise RuntimeError(
            f"{request.method} {request.path} answered {answer.status_code}: {answer.text[:300]}"
        )
    return answer


def token_kind(token: str) -> str:
    """The algorithm in a JWT's header (read, not trusted), or "opaque"."""
    head, dot, _ = token.partition(".")
    try:
        header = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    except ValueError:
        return "opaque"
    return f"JWT {header.get('alg')}" if dot and isinstance(header, dict) else "opaque"


def run_tool(
    command: Sequence[str | Path], *, cwd: Path, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a set-up command; raises UnavailableError with the end of its output when it fails."""
    try:
        return subprocess.run(
            [str(part) for part in command], cwd=cwd, env=env, capture_output=True, text=True, check=True
        )
    except FileNotFoundError as error:
        raise UnavailableError(f"{command[0]} is not installed") from error
    except subprocess.CalledProcessError as error:
        said = (error.stderr or error.stdout or "")[-600:]
        raise UnavailableError(f"{Path(command[0]).name} failed: {said}") from error


def printed_json(text: str) -> Any:
    """The JSON object in a command's output."""
    return json.loads(text[text.index("{") :])
