"""What the tour finds of an app that registered by itself, and that nobody here has looked at."""

import secrets
from urllib.parse import urlencode

from idp.clients.metadata import ClientMetadata
from idp.commands.clients import register_client
from idp.running.opening import open_server
from tests.actors.house import House
from tests.idp.support import CHALLENGE

_BACK = "https://emploi-conseil.example/callback"  # nobody goes there


async def asking(house: House) -> str:
    """An address that sends a browser to be asked by it."""
    client_id = f"app-{secrets.token_hex(8)}"
    metadata = ClientMetadata(
        name="Emploi Conseil",
        redirect_uris=(_BACK,),
        required_scopes=("openid", "profile"),
        optional_scopes=("skills",),
        self_registered="dynamic",
    )
    async with open_server(house.settings) as server:
        await register_client(server, client_id, metadata)
    asked = {"client_id": client_id, "redirect_uri": _BACK, "response_type": "code", "state": "s"}
    asked |= {"code_challenge": CHALLENGE, "code_challenge_method": "S256", "nonce": "n"}
    return "/authorize?" + urlencode(asked | {"scope": "openid profile skills"})
