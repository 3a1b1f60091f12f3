"""An app that asks for sign-outs, and where its people end."""

from typing import Any
from urllib.parse import urlencode

import httpx

from tests.idp.support import World, add_app
from tests.idp.visitor import Visitor, read

OUT = "https://coach.example/out?from=accord"
SITE = "https://coach.example/"
SCOPE = "openid profile"


async def leaving_app(house: World, client_id: str = "leaver", **metadata: Any) -> World:
    """An app that registered where its people go after signing out."""
    fields = {"post_logout_redirect_uris": (OUT,), "homepage": SITE} | metadata
    return house.of(await add_app(house.server, client_id, "s", **fields), "s")


async def id_token(app: World, visitor: Visitor) -> str:
    """She signs in through the app; the ID token that it got."""
    client_id = app.client.id
    page = await visitor.ask(client_id=client_id, scope=SCOPE)
    if "/login" in str(page.url):
        page = await visitor.sign_in(page)
    if page.status_code == 200:
        page = await visitor.decide(page)
    code = httpx.URL(page.headers["location"]).params["code"]
    return str((await app.redeem(code)).json()["id_token"])


def end_session(**fields: str) -> str:
    return f"/end-session?{urlencode(fields)}"


async def is_signed_in(visitor: Visitor) -> bool:
    return (await visitor.get("/account")).status_code == 200


async def is_asked(visitor: Visitor, answer: httpx.Response) -> bool:
    """Whether she is shown the question, and still signed in."""
    assert answer.status_code == 200, (answer.status_code, answer.headers)
    return read(answer).action == "/end-session/confirm" and await is_signed_in(visitor)


async def agree(visitor: Visitor, page: httpx.Response) -> httpx.Response:
    form = read(page)
    return await visitor.post(form.action, form.hidden)
