"""A real nginx in front, as docs/apps.md has it: what a TLS connection proved arrives, and no other word."""

import asyncio
import os
import ssl
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
import uvicorn
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from foundation.settings import Settings
from idp.mtls.layer import behind_proxies
from tests.idp.mtls.certificates import HEADER, SUBJECT, Made, authority, issued, self_signed, trusting
from tests.idp.mtls.test_certificates import call, jwk_of
from tests.idp.support import REDIRECT, VERIFIER, World, add_app, lean_app
from tests.idp.tokens import claims_of, refused
from tests.support.postgres import free_port
from tests.support.skips import program

pytestmark = pytest.mark.network
PROXY = "127.0.0.2"  # where nginx calls from: this machine's other callers are no proxies
_START_SECONDS = 60.0
# nginx looks at its own clock, and we at a frozen one: good by both.
LONG: dict[str, Any] = {"days": 36_500, "starts": timedelta(days=-3650)}
ISSUED, OWN_MADE, OTHER = issued(authority(), **LONG), self_signed(**LONG), self_signed(2, **LONG)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One engine is enough: this is about the way in."""
    return sqlite_url


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return trusting(database_url, tmp_path, PROXY)


def written(folder: Path, name: str, made: Made) -> tuple[Path, Path]:
    """The files of a certificate and its key."""
    chain, key = folder / f"{name}.pem", folder / f"{name}.key"
    chain.write_bytes(made.pem)
    key.write_bytes(made.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return chain, key


@contextmanager
def nginx(folder: Path, inner: int) -> Iterator[int]:
    """nginx on a port of its own, in front of another; its port."""
    command, port = program("nginx"), free_port()
    (folder / "nginx.conf").write_text(_configuration(folder, port, inner), "utf-8")
    with (folder / "log").open("wb") as log:
        started = subprocess.Popen(  # noqa: S603  # Debian's
            [command, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "error")],
            stdout=log,
            stderr=log,
        )
    try:
        _await(port, started, folder)
        yield port
    finally:
        started.terminate()
        started.wait(_START_SECONDS)


def _configuration(folder: Path, port: int, inner: int) -> str:
    chain, key = written(folder, "server", self_signed(9))
    temporary = "\n".join(
        f"{name}_temp_path {folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return f"""
{"user root;" if os.geteuid() == 0 else ""}
daemon off; worker_processes 1; pid {folder}/pid;
events {{ worker_connections 64; }}
http {{
  access_log off;
  {temporary}
  server {{
    listen 127.0.0.1:{port} ssl;
    ssl_certificate {chain}; ssl_certificate_key {key};
    ssl_verify_client optional_no_ca;
    location / {{
      proxy_pass http://127.0.0.1:{inner};
      proxy_bind {PROXY};
      proxy_set_header {HEADER} $ssl_client_escaped_cert;
    }}
  }}
}}
"""


def _await(port: int, started: subprocess.Popen[bytes], folder: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while started.poll() is None and time.monotonic() < deadline:
        try:
            httpx.get(f"http://127.0.0.1:{port}/")  # it answers that this port is for TLS
        except httpx.TransportError:
            time.sleep(0.02)
        else:
            return
    said = [path.read_text("utf-8") for path in (folder / "log", folder / "error") if path.exists()]
    raise RuntimeError(f"nginx did not start: {said}")


@asynccontextmanager
async def served(world: World, port: int) -> AsyncIterator[None]:
    """The application, listening."""
    app: Any = behind_proxies(lean_app(world.server), world.server.settings)
    config = uvicorn.Config(app, port=port, lifespan="off", log_config=None, proxy_headers=False)
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())
    try:
        while not server.started:  # noqa: ASYNC110  # uvicorn has no event to wait for
            await asyncio.sleep(0.01)
        yield
    finally:
        server.should_exit = True
        await running


class Front(NamedTuple):
    """Connections through nginx, and past it. folder, port: nginx's; inner: the application's port."""

    folder: Path
    port: int
    inner: int

    def connection(self, made: Made | None, **headers: str) -> httpx.AsyncClient:
        """By TLS, with this certificate."""
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # it is this test's own nginx
        if made is not None:
            context.load_cert_chain(*written(self.folder, "app", made))
        origin = f"https://127.0.0.1:{self.port}"
        return httpx.AsyncClient(base_url=origin, verify=context, headers=headers)

    def past(self, **headers: str) -> httpx.AsyncClient:
        """Straight to the application, which listens on this machine."""
        return httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.inner}", headers=headers)


@pytest.fixture
async def front(world: World, tmp_path: Path) -> AsyncIterator[Front]:
    inner = free_port()
    folder = tmp_path / "nginx"
    folder.mkdir()
    async with served(world, inner):
        with nginx(folder, inner) as port:
            yield Front(folder, port, inner)


async def test_certificates_of_connections_are_what_counts_behind_nginx(world: World, front: Front) -> None:
    """RFC 8705 sections 2.1, 2.2 and 3; and who writes the header himself is not believed."""
    ways = {
        "pki": ({"auth_method": "tls_client_auth", "tls_client_auth_subject_dn": SUBJECT}, ISSUED),
        "own": ({"auth_method": "self_signed_tls_client_auth", "jwks": jwk_of(OWN_MADE)}, OWN_MADE),
    }
    for name, (fields, made) in ways.items():
        bound = {"tls_client_certificate_bound_access_tokens": True}
        app = world.of(await add_app(world.server, name, None, **fields, **bound), "")
        token = await bound_token(app, front, made)
        header = {HEADER: made.escaped}
        for way in (
            front.connection(None),
            front.connection(OTHER),
            front.connection(None, **header),
            front.connection(OTHER, **header),
            front.past(**header),
            front.past(**header, **{"X-Forwarded-For": PROXY}),
            front.past(**{HEADER: made.header}),
        ):
            async with way as http:
                elsewhere = app.at(world.server, http)
                refused(await elsewhere.read("/v1/me/skills", token), "invalid_token", 401)
                refused(await call(elsewhere), "invalid_client", 401)


async def bound_token(app: World, front: Front, made: Made) -> str:
    """A token that the app was given through nginx, and reads by there."""
    await app.grant(app.client)
    async with front.connection(made) as http:
        there = app.at(app.server, http)
        assert (await call(there)).status_code == 200
        code = await app.code(app.client)
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT}
        answer = await call(there, **form, code_verifier=VERIFIER)
        assert answer.status_code == 200, answer.text
        token = str(answer.json()["access_token"])
        assert set(claims_of(token)["cnf"]) == {"x5t#S256"}
        assert (await there.read("/v1/me/skills", token)).status_code == 200
    return token
