"""Accord itself, started the way an operator does: environment variables and the `accord` command."""

import base64
import os
import secrets
import shutil
import sys
import time
from collections.abc import Sequence
from itertools import cycle, islice
from pathlib import Path

import httpx

from bench.possession import make_proof, new_key
from bench.processes import free_port, running
from bench.targets.base import REPOSITORY, Context, Target, printed_json, run_tool
from bench.works import CHALLENGE, REDIRECT_URI, WORKS, Client, Endpoints, Work

SCOPE = "openid profile skills offline_access"
DATA = "skills"
WORKERS = 2  # as many as gunicorn has for the Django peer
# What is a setting of the protocols beyond the core, switched on; the others need no switch.
SWITCHED_ON = {
    "ACCORD_CLIENT_REGISTRATION": "open",
    "ACCORD_CLIENT_ID_DOCUMENTS": "true",
    "ACCORD_TRUSTED_PROXIES": "127.0.0.1",
    "ACCORD_CLIENT_CERTIFICATE_HEADER": "Client-Cert",
    "ACCORD_STEP_UP": "benefits=900",
}
COMMAND = (sys.executable, "-m", "idp.cli")  # the `accord` command, of this very tree


class Accord(Target):
    proves = True
    conditions = (
        f"{WORKERS} workers; every answer follows a durable commit, "
        "ledger event included (SQLite: WAL, its journal synced before each answer; PostgreSQL: "
        "synchronous_commit on); pairwise subjects; one thousand people; registration by anybody, client "
        "documents, certificates from a proxy and step-up switched on, DPoP nonces required (as by default)"
    )

    def __init__(self, database: str) -> None:
        super().__init__()
        self.name = f"accord-{database}"
        self.title = f"Accord, {'SQLite' if database == 'sqlite' else 'PostgreSQL'}"
        self._database = database
        self._scratch = Path()
        self._env: dict[str, str] = {}
        self._key = new_key("ES256")

    def start(self, context: Context) -> None:
        self._scratch = context.out / "data" / f"accord-{self._database}"
        shutil.rmtree(self._scratch, ignore_errors=True)
        self._scratch.mkdir(parents=True)
        port = free_port()
        self._env = self._environment(port, self._database_url(context))
        self._accord("db", "upgrade")
        self.client = self._register()
        log = context.out / "logs" / f"accord-{self._database}.log"
        server = context.stack.enter_context(
            running(self.name, [*COMMAND, "serve"], env=self._env, cwd=REPOSITORY, log=log)
        )
        issuer = f"http://127.0.0.1:{port}"
        server.wait_ready(f"{issuer}/health/ready")
        self.servers.insert(0, server)
        named = httpx.get(f"{issuer}/.well-known/openid-configuration").raise_for_status().json()
        self.endpoints = Endpoints(
            named["token_endpoint"],
            named["introspection_endpoint"],
            named["userinfo_endpoint"],
            f"{issuer}/v1/me/{DATA}",
        )

    def _database_url(self, context: Context) -> str:
        if self._database == "sqlite":
            return f"sqlite:///{self._scratch}/accord.sqlite3"
        postgres = context.postgres()
        self.servers.append(postgres.server)
        return postgres.create("accord")

    def _environment(self, port: int, database_url: str) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("ACCORD_")}
        return (
            inherited
            | SWITCHED_ON
            | {
                "ACCORD_PORT": str(port),
                "ACCORD_WORKERS": str(WORKERS),
                "ACCORD_DATA_DIR": str(self._scratch),
                "ACCORD_DATABASE_URL": database_url,
                "ACCORD_MASTER_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
            }
        )

    def _register(self) -> Client:
        flags = ["--name", "Bench", "--redirect-uri", REDIRECT_URI, "--scope", SCOPE]
        flags += ["--auth-method", "client_secret_basic"]
        for grant_type in ("authorization_code", "refresh_token", "client_credentials"):
            flags += ["--grant-type", grant_type]
        made = printed_json(self._accord("client", "register", *flags, "--json"))
        return Client(made["client_id"], made["client_secret"])

    def _accord(self, *arguments: str) -> str:
        return run_tool([*COMMAND, *arguments], cwd=REPOSITORY, env=self._env).stdout

    def proofs(self, work: Work, values: Sequence[str], count: int) -> list[str]:
        """All by one key, with the nonce that the server hands to a proof that has none."""
        if not work.beside:
            return []
        about, now = self.request(work), int(time.time())
        unasked = make_proof(self._key, "POST", self.endpoints.token, now)
        asked = self.request(next(one for one in WORKS if one.name == "client_credentials"))
        refused = httpx.post(asked.url, content=asked.body, headers=asked.headers | {"DPoP": unasked})
        nonce = refused.headers["dpop-nonce"]
        tokens = values if work.supply == "access" else [""]
        return [
            make_proof(self._key, about.method, about.url, now, nonce=nonce, token=token)
            for token in islice(cycle(tokens), count)
        ]

    def versions(self) -> str:
        python = ".".join(str(part) for part in sys.version_info[:3])
        return f"Accord, CPython {python}"

    def codes(self, count: int) -> list[str]:
        file = self._scratch / "codes.txt"
        arguments = ["--client", self.client.client_id, "--redirect-uri", REDIRECT_URI, "--scope", SCOPE]
        arguments += ["--challenge", CHALLENGE, "--count", str(count), "--out", str(file)]
        run_tool([sys.executable, "-m", "bench.seed_accord", *arguments], cwd=REPOSITORY, env=self._env)
        return file.read_text("ascii").split()
