"""Packages of npm's registry, at exact versions, and what runs them."""

import json
import secrets
import subprocess
from pathlib import Path
from typing import Any

from idp.clients.metadata import ClientMetadata
from idp.commands.clients import register_client
from idp.running.opening import open_server
from tests.actors.house import House
from tests.clients.cached import cached
from tests.idp.tokens import app_key
from tests.support.skips import program

_HERE = Path(__file__).parent
_NOWHERE = "https://strict.example/nowhere"
_INSTALL = ["install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix"]


def packages(*specs: str) -> Path:
    """The folder whose `node_modules` holds them, or the test is skipped, saying what provides them."""
    name = "-".join(spec.replace("@", "-").replace("/", "-") for spec in specs)
    return cached(name, [program("npm"), *_INSTALL], specs, seconds=120)


def run(script: str, config: dict[str, Any], folder: Path) -> dict[str, Any]:
    """What one of our scripts prints, as JSON. folder: where its configuration is written."""
    path = folder / "config.json"
    path.write_text(json.dumps(config), "utf-8")
    ended = subprocess.run(  # noqa: S603  # our own script
        [program("node"), str(_HERE / script), str(path)],
        capture_output=True,
        check=False,
        timeout=100,
        text=True,
    )
    assert ended.returncode == 0, ended.stderr[-3000:]
    said: dict[str, Any] = json.loads(ended.stdout)
    return said


async def run_as_keyed_app(  # what runs, where, and as whom
    house: House, script: str, holding: Path, folder: Path, *, told: dict[str, str], **registered: Any
) -> dict[str, Any]:
    """What a script prints as a new app, of one optional scope, that proves itself with its key.

    holding: the packages that it imports. told: of people, and of whatever else it asks. registered: what is
    its own of the app's metadata.
    """
    key, client_id = app_key(), f"keyed-{secrets.token_hex(4)}"
    metadata = ClientMetadata(
        auth_method="private_key_jwt",
        jwks=json.dumps({"keys": [key.as_dict(private=False)]}),
        optional_scopes=("skills",),
        **registered,
    )
    async with open_server(house.settings) as server:
        await register_client(server, client_id, metadata)
    config = {
        "issuer": house.issuer,
        "client_id": client_id,
        "jwk": key.as_dict(private=True),
        "packages": str(holding),
        "redirect_uri": next(iter(metadata.redirect_uris), _NOWHERE),
    }
    return run(script, config | told, folder)
