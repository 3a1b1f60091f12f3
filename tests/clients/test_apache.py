"""Debian's mod_auth_openidc in front of a page: who is not signed in is sent to us, who is sees it."""

import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from idp.clients.metadata import ClientMetadata
from idp.commands.clients import register_client
from idp.running.opening import open_server
from tests.actors.house import House
from tests.clients.quickstarts import Walker, quickstart
from tests.support.postgres import free_port
from tests.support.skips import program, unavailable

pytestmark = pytest.mark.network
MODULES = Path("/usr/lib/apache2/modules")
# Of any Apache that serves a page; the page says what the module told it.
LOADED = ("mpm_event", "authn_core", "authz_core", "authz_user", "headers", "alias", "dir", "auth_openidc")
_START_SECONDS = 60.0
SECRET = "apache-secret"


@contextmanager
def apache(port: int, settings: dict[str, str]) -> Iterator[str]:
    """Apache on a port of the loopback, with what docs/clients.md says; its origin."""
    command = program("apache2")
    if not (MODULES / "mod_auth_openidc.so").exists():
        unavailable("mod_auth_openidc", "apt-get install libapache2-mod-auth-openidc")
    # Not below pytest's own folder, which another user cannot read: started as root, Apache becomes one.
    folder = Path(tempfile.mkdtemp(prefix="accord-apache-"))
    folder.chmod(0o755)
    (folder / "site").mkdir()
    (folder / "site" / "index.html").write_text("<p>members only</p>", "utf-8")
    (folder / "apache.conf").write_text(_configuration(folder, port), "utf-8")
    with (folder / "log").open("wb") as log:
        started = subprocess.Popen(  # noqa: S603  # Debian's
            [command, "-f", str(folder / "apache.conf"), "-DFOREGROUND"],
            env=os.environ | settings,
            stdout=log,
            stderr=log,
        )
    try:
        _await(port, started, folder)
        yield f"http://127.0.0.1:{port}"
    finally:
        started.send_signal(signal.SIGTERM)
        started.wait(_START_SECONDS)
        shutil.rmtree(folder)


def _configuration(folder: Path, port: int) -> str:
    lines = [f"LoadModule {name}_module {MODULES}/mod_{name}.so" for name in LOADED]
    lines += [f"Listen 127.0.0.1:{port}", "ServerName 127.0.0.1", f"PidFile {folder}/pid"]
    lines += [f"DefaultRuntimeDir {folder}", f"ErrorLog {folder}/error", f"DocumentRoot {folder}/site"]
    if os.geteuid() == 0:
        lines += ["User www-data", "Group www-data"]
    lines += ["DirectoryIndex index.html", 'Header set X-Who "%{OIDC_CLAIM_given_name}e"']
    lines += ['Header set X-Sub "%{OIDC_CLAIM_sub}e"', quickstart("mod_auth_openidc")]
    return "\n".join(lines)


def _await(port: int, started: subprocess.Popen[bytes], folder: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while started.poll() is None and time.monotonic() < deadline:
        try:
            httpx.get(f"http://127.0.0.1:{port}/callback")
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    said = [path.read_text("utf-8") for path in (folder / "log", folder / "error") if path.exists()]
    raise RuntimeError(f"Apache did not start: {said}")


async def test_mod_auth_openidc(house: House) -> None:
    port, client_id = free_port(), f"apache-{secrets.token_hex(4)}"
    callback = f"http://127.0.0.1:{port}/callback"
    metadata = ClientMetadata(name="Page", redirect_uris=(callback,), userinfo_signed_response_alg="ES256")
    async with open_server(house.settings) as server:
        await register_client(server, client_id, metadata, SECRET)
    her = await house.person()
    settings = {
        "ISSUER": house.issuer,
        "CLIENT_ID": client_id,
        "CLIENT_SECRET": SECRET,
        "REDIRECT_URI": callback,
        "PASSPHRASE": secrets.token_hex(16),
    }
    with apache(port, settings) as origin:
        with Walker(house, her) as walker:
            unknown = walker.open(f"{origin}/index.html")
            assert unknown.status_code == 302
            assert unknown.headers["location"].startswith(f"{house.issuer}/authorize?")
            page = walker.arrive(f"{origin}/index.html")
        assert page.status_code == 200, page.text
        assert "members only" in page.text
        assert page.headers["x-who"] == "Amina"
        assert page.headers["x-sub"]
