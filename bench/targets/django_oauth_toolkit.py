"""django-oauth-toolkit behind gunicorn, on SQLite or PostgreSQL."""

import os
import secrets
import shutil
import sys
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bench.processes import free_port, running
from bench.targets.base import REPOSITORY, Context, Target, run_tool
from bench.works import CHALLENGE, REDIRECT_URI, Client, Endpoints, Work

SOURCE = REPOSITORY / "bench" / "peers" / "django-oauth-toolkit"
WORKERS = 2


class DjangoOAuthToolkit(Target):
    conditions = (
        f"gunicorn, {WORKERS} synchronous workers; its defaults (PKCE required, rotation, opaque access "
        "tokens, RS256 ID tokens: it has no ES256), but client secrets in clear, as its default hash allows "
        "5 calls a second"
    )

    def __init__(self, database: str) -> None:
        super().__init__()
        self.name = f"django-oauth-toolkit-{database}"
        self.title = f"django-oauth-toolkit, {'SQLite' if database == 'sqlite' else 'PostgreSQL'}"
        self._database = database
        self.client = Client("bench", secrets.token_urlsafe(32))
        self._folder = Path()
        self._scratch = Path()
        self._env: dict[str, str] = {}

    def start(self, context: Context) -> None:
        self._folder = context.out / "peers" / "django-oauth-toolkit"
        self._install()
        self._scratch = context.out / "data" / f"dot-{self._database}"
        shutil.rmtree(self._scratch, ignore_errors=True)
        self._scratch.mkdir(parents=True)
        self._env = os.environ | {
            "DJANGO_SETTINGS_MODULE": "bench_settings",
            "BENCH_DATABASE_URL": self._database_url(context),
            "BENCH_RSA_KEY": str(self._write_key()),
            "BENCH_CLIENT_ID": self.client.client_id,
            "BENCH_CLIENT_SECRET": self.client.secret,
            "BENCH_REDIRECT_URI": REDIRECT_URI,
            "BENCH_CHALLENGE": CHALLENGE,
        }
        self._python("-m", "django", "migrate", "--verbosity", "0")
        self._python("seed.py", "clients")
        self._serve(context)

    def _install(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        for file in SOURCE.glob("*.*"):
            shutil.copy(file, self._folder)
        python = self._folder / ".venv" / "bin" / "python"
        if not python.exists():
            run_tool([sys.executable, "-m", "venv", ".venv"], cwd=self._folder)
        run_tool([python, "-m", "pip", "install", "-q", "-r", "requirements.txt"], cwd=self._folder)

    def _database_url(self, context: Context) -> str:
        if self._database == "sqlite":
            return f"sqlite://{self._scratch}/dot.sqlite3"
        postgres = context.postgres()
        self.servers.append(postgres.server)
        return postgres.create("dot")

    def _write_key(self) -> Path:
        pem = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
        file = self._scratch / "rsa.pem"
        file.write_bytes(pem)
        return file

    def _serve(self, context: Context) -> None:
        port = free_port()
        command = [
            str(self._folder / ".venv" / "bin" / "gunicorn"),
            "django.core.wsgi:get_wsgi_application()",
        ]
        command += ["--bind", f"127.0.0.1:{port}", "--workers", str(WORKERS)]
        command += ["--log-level", "warning"]
        log = context.out / "logs" / f"dot-{self._database}.log"
        server = context.stack.enter_context(
            running(self.name, command, env=self._env, cwd=self._folder, log=log)
        )
        base = f"http://127.0.0.1:{port}/o"
        server.wait_ready(f"{base}/.well-known/openid-configuration")
        self.servers.insert(0, server)
        self.endpoints = Endpoints(f"{base}/token/", f"{base}/introspect/", f"{base}/userinfo/")

    def _python(self, *arguments: str) -> None:
        run_tool([self._folder / ".venv" / "bin" / "python", *arguments], cwd=self._folder, env=self._env)

    def versions(self) -> str:
        pins = dict(line.split("==") for line in (SOURCE / "requirements.txt").read_text("utf-8").split())
        return (
            f"django-oauth-toolkit {pins['django-oauth-toolkit']}, Django {pins['django']}, "
            f"gunicorn {pins['gunicorn']}"
        )

    def codes(self, count: int) -> list[str]:
        file = self._scratch / "codes.txt"
        self._python("seed.py", "codes", str(count), str(file))
        return file.read_text("ascii").split()

    def client_for(self, work: Work) -> Client:
        if work.name == "client_credentials":
            return Client(f"{self.client.client_id}-machine", self.client.secret)
        return self.client
