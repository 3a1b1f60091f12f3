"""A running house: Accord and the sample app, as `accord demo` starts them, on fresh storage."""

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urljoin

from sqlalchemy import bindparam, update
from sqlmodel import col

from consent.profile.personas import load_persona
from foundation.settings import Settings, load_settings
from foundation.statements import Write
from idp.authorize.tables import PendingRequest
from idp.clients.metadata import ClientMetadata
from idp.commands.clients import partner_id, register_client
from idp.commands.people import add_account
from idp.running.opening import open_server
from idp.seed import PASSWORD
from tests.support.postgres import free_port

_START_SECONDS = 90.0
_STOP_SECONDS = 30.0


class Account(NamedTuple):
    """Someone who can sign in. profile: hers, as the persona's file has it; empty if it does not matter."""

    email: str
    password: str
    profile: dict[str, Any]

    def labels(self, dataset: str, field: str = "label") -> list[str]:
        """One field of each item of a dataset, in the profile's order."""
        return [item[field] for item in self.profile.get(dataset, [])]


AMINA = Account("amina@example.org", PASSWORD, {})
AUDITOR = Account("auditor@example.org", PASSWORD, {})
ADMINISTRATOR = Account("admin@example.org", PASSWORD, {})
PARTNER = Account("partner@example.org", PASSWORD, {})


class House:
    """Two processes and their storage. database_url: "" for SQLite in `folder`."""

    def __init__(self, folder: Path, database_url: str = "") -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self.settings: Settings = load_settings(
            data_dir=folder / "data",
            port=free_port(),
            app_port=free_port(),
            adviser_port=free_port(),
            kiosk_port=free_port(),
            database_url=database_url,
        )
        self.issuer = self.settings.issuer_url
        self.coach = f"http://127.0.0.1:{self.settings.app_port}"
        self.adviser = f"http://127.0.0.1:{self.settings.adviser_port}"
        self.kiosk = f"http://127.0.0.1:{self.settings.kiosk_port}"

    def start(self) -> None:
        """Returns when both programs answer."""
        self._folder.mkdir(parents=True, exist_ok=True)
        said = self._folder / "said"
        with said.open("wb") as output, (self._folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "idp.cli", "demo"], env=self._environment(), stdout=output, stderr=log
            )
        deadline = time.monotonic() + _START_SECONDS
        while f"ready {self.issuer}" not in said.read_text("utf-8"):
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"the demo did not start: {self.log()}")
            time.sleep(0.05)

    def stop(self, how: signal.Signals = signal.SIGINT) -> int:
        """Ctrl-C, or another way to say that it is over; the exit status."""
        if self._process is None:
            return 0
        self._process.send_signal(how)
        try:
            return self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()

    def log(self) -> str:
        """What the processes wrote for their operator."""
        return (self._folder / "log").read_text("utf-8")

    async def person(self, persona: str = "amina") -> Account:
        """A new account with the profile of a demonstration person: nobody else's test has touched it."""
        email = f"{persona}-{secrets.token_hex(4)}@example.org"
        async with open_server(self.settings) as server:
            await add_account(server, email, PASSWORD, "person", load_persona(persona))
        return Account(email, PASSWORD, _profile(persona))

    def command(self, *arguments: str) -> dict[str, Any]:
        """`accord …` beside the running server, as its operator; what it prints, as JSON."""
        ended = subprocess.run(  # noqa: S603  # our own command
            [sys.executable, "-m", "idp.cli", *arguments],
            env=self._environment(),
            capture_output=True,
            check=False,
        )
        assert ended.returncode == 0, (ended.stdout + ended.stderr).decode()
        answer: dict[str, Any] = json.loads(ended.stdout)
        return answer

    async def register(
        self, name: str, redirect_uri: str, scope: str, owner: str | None = None
    ) -> dict[str, Any]:
        """Register an app as `accord client register` does, without the second a process takes.

        owner: address of the partner's account it belongs to.
        """
        needed = ("openid", "profile")
        metadata = ClientMetadata(
            name=name,
            redirect_uris=(redirect_uri,),
            post_logout_redirect_uris=(urljoin(redirect_uri, "/out"),),
            required_scopes=needed,
            optional_scopes=tuple(one for one in scope.split() if one not in needed),
        )
        async with open_server(self.settings) as server:
            owner_id = None if owner is None else await partner_id(server, owner)
            return await register_client(server, f"app-{secrets.token_hex(8)}", metadata, owner_id=owner_id)

    async def let_expire(self, pending_id: str) -> None:
        """Make the half hour of a pending request pass."""
        past = Write(
            update(PendingRequest).where(col(PendingRequest.id) == bindparam("one")).values(expires_at=1)
        )
        async with open_server(self.settings) as server, server.db.transaction() as tx:
            assert await tx.run(past, one=pending_id) == 1

    def _environment(self) -> dict[str, str]:
        ours = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("ACCORD_", "ADVISER_", "COACH_", "KIOSK_"))
        }
        return ours | {
            "ACCORD_DATA_DIR": str(self.settings.data_dir),
            "ACCORD_PORT": str(self.settings.port),
            "ACCORD_APP_PORT": str(self.settings.app_port),
            "ACCORD_ADVISER_PORT": str(self.settings.adviser_port),
            "ACCORD_KIOSK_PORT": str(self.settings.kiosk_port),
            "ACCORD_DATABASE_URL": self.settings.database_url,
        }


def _profile(persona: str) -> dict[str, Any]:
    text = (files("consent.profile") / "data" / f"{persona}.json").read_text("utf-8")
    found: dict[str, Any] = json.loads(text)
    return found
