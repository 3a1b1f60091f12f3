"""`accord serve --workers 2`, as an operator starts it: two processes answer, as one server would."""

import asyncio
import base64
import json
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support import ROOT
from tests.support.postgres import free_port

ACCORD = [sys.executable, "-m", "idp.cli"]


class Workers:
    """A server with two workers on a database of its own."""

    def __init__(self, url: str, folder: Path, **settings: str) -> None:
        self.port = free_port()
        self.issuer = f"http://127.0.0.1:{self.port}"
        inherited = {name: text for name, text in os.environ.items() if not name.startswith("ACCORD_")}
        self.environment = inherited | {
            "ACCORD_PORT": str(self.port),
            "ACCORD_DATA_DIR": str(folder),
            "ACCORD_DATABASE_URL": url,
            "ACCORD_MASTER_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
            **settings,
        }
        flags = ["--name", "App", "--grant-type", "client_credentials", "--auth-method", "client_secret_post"]
        self.app = json.loads(self.command("client", "register", *flags, "--scope", "openid", "--json"))
        self.process = subprocess.Popen(  # noqa: S603  # our own program
            [*ACCORD, "serve", "--workers", "2"],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def command(self, *arguments: str) -> str:
        done = subprocess.run(  # noqa: S603  # our own program
            [*ACCORD, *arguments], cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    @property
    def credentials(self) -> dict[str, str]:
        return {"client_id": self.app["client_id"], "client_secret": self.app["client_secret"]}

    def workers(self) -> list[int]:
        """The processes that answer: the supervisor's children that are Python."""
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text("ascii").split()
        lines = {pid: Path(f"/proc/{pid}/cmdline").read_bytes() for pid in listed}
        return [int(pid) for pid, line in lines.items() if b"spawn_main" in line]

    async def both(self) -> list[int]:
        """The workers, once there are two again."""
        async with asyncio.timeout(180):
            while len(now := self.workers()) < 2:  # noqa: ASYNC110  # processes tell nobody
                await asyncio.sleep(0.1)
        return now

    async def ready(self) -> None:
        async with httpx.AsyncClient() as http, asyncio.timeout(180):
            while True:
                try:
                    if (await http.get(f"{self.issuer}/health/ready")).status_code == 200:
                        return
                except httpx.TransportError:
                    pass
                await asyncio.sleep(0.1)

    async def post(self, path: str, **form: str) -> dict[str, Any]:
        """One call on a connection of its own: the kernel gives it to either worker."""
        # To read every authority's certificate would cost more than the call.
        async with httpx.AsyncClient(timeout=30, verify=False) as http:  # noqa: S501  # plain http
            answer = await http.post(self.issuer + path, data=self.credentials | form)
        assert answer.status_code == 200, answer.text
        return answer.json() if answer.content else {}

    async def token(self) -> str:
        answer = await self.post("/token", grant_type="client_credentials")
        return str(answer["access_token"])

    async def active(self, token: str) -> bool:
        return bool((await self.post("/introspect", token=token))["active"])


@pytest.fixture
def served(database_url: str, tmp_path: Path) -> Iterator[Workers]:
    running = Workers(database_url, tmp_path / "data")
    yield running
    running.process.terminate()
    assert running.process.wait(180) == 0


@pytest.mark.network
async def test_two_workers_are_one_server(served: Workers) -> None:
    await served.ready()
    first, second = served.workers()
    assert len(set(await asyncio.gather(*(served.token() for _ in range(64))))) == 64
    token = await served.token()
    assert all(await asyncio.gather(*(served.active(token) for _ in range(16))))
    await served.post("/revoke", token=token)
    assert not any(await asyncio.gather(*(served.active(token) for _ in range(16))))

    os.kill(first, signal.SIGKILL)
    await served.ready()  # the second may not have listened yet
    answered = 0
    for _ in range(40):  # those that the dead one had taken are lost, the others are not
        try:
            await served.token()
            answered += 1
        except httpx.TransportError:
            await asyncio.sleep(0.05)
    assert answered >= 20
    now = await served.both()
    assert second in now
    assert first not in now

    served.process.terminate()
    assert served.process.wait(180) == 0
    verdict = json.loads(served.command("ledger", "verify", "--json"))
    assert verdict["ok"] is True
    assert verdict["events"] + verdict["waiting"] >= 65 + answered
