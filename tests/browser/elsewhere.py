"""What an adviser's app asks of somebody on the tour: requests that wait on her page, and one she refused."""

import asyncio
import secrets

import httpx

from idp.ciba.finding import PAGE
from idp.ciba.registering import GRANT_TYPE
from idp.clients.metadata import ClientMetadata
from idp.commands.clients import register_client
from idp.running.opening import open_server
from tests.actors.browser import Browser
from tests.actors.house import Account

_MOST_LOOKS = 120


async def ask(her: Browser, account: Account) -> dict[str, str]:
    """The addresses of a refused request, of another's consent screen, and what waits still: that other."""
    app = f"conseil-{secrets.token_hex(4)}"
    metadata = ClientMetadata(
        name="Cap Conseil",
        grant_types=(GRANT_TYPE,),
        optional_scopes=("skills", "experiences"),
        legal_entity="Cap Conseil SCOP",
    )
    async with open_server(her.house.settings) as server:
        await register_client(server, app, metadata, "app-secret")
    for code in ("ABC-346", "XYZ-789"):
        await _send(her, account, app, code)
    await her.press(".refuse-request >> nth=0")
    refused = her.path
    await her.visit(PAGE)
    await her.press(".open-request")
    return {"refused_request": refused, "asked_elsewhere": her.page.url}


async def _send(her: Browser, account: Account, app: str, code: str) -> None:
    form = {
        "scope": "openid profile skills experiences",
        "login_hint": account.email,
        "binding_message": code,
        "requested_expiry": "1800",
    }
    async with httpx.AsyncClient() as client:
        answer = await client.post(f"{her.house.issuer}/bc-authorize", data=form, auth=(app, "app-secret"))
    assert answer.status_code == 200, answer.text
    for _ in range(_MOST_LOOKS):  # who is meant is looked up a moment later, in the other process
        await her.visit(PAGE)
        if await her.says(code):
            return
        await asyncio.sleep(0.25)
    raise AssertionError(f"{code} never came")
