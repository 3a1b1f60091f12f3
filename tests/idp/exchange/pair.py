"""The two apps of an exchange, and their calls."""

from dataclasses import dataclass
from typing import Any, Self

import httpx

from idp.exchange.asked import ACCESS_TOKEN
from idp.exchange.grant import ExchangeGrant
from tests.idp.support import SCOPES, World, add_app

EXCHANGE = ExchangeGrant.GRANT_TYPE
KINDS = ("authorization_code", "refresh_token", "client_credentials", EXCHANGE)


@dataclass
class Pair:
    """app: whose tokens are exchanged. adviser: the app that acts for it."""

    app: World
    adviser: World

    @classmethod
    async def make(cls, world: World) -> Self:
        client = await add_app(world.server, "adviser", "adviser-secret", name="Conseil", grant_types=KINDS)
        return cls(world, world.of(client, "adviser-secret"))

    async def ready(self, **form: list[str]) -> str:
        """She let both read; a token of the app. form: what she ticked for the adviser."""
        await self.adviser.grant(**form)
        return await self.token()

    async def token(self, scope: str = SCOPES) -> str:
        """A fresh token of the app, under a grant of what is usual."""
        await self.app.grant()
        answer = await self.app.redeem(await self.app.code(scope=scope))
        assert answer.status_code == 200, answer.text
        text: str = answer.json()["access_token"]
        return text

    async def exchange(self, token: str, **fields: str) -> httpx.Response:
        """The adviser's request; an empty value leaves a field out."""
        form = {"grant_type": EXCHANGE, "subject_token": token, "subject_token_type": ACCESS_TOKEN} | fields
        return await self.adviser.post("/token", {name: value for name, value in form.items() if value})

    async def exchanged(self, token: str, **fields: str) -> dict[str, Any]:
        """What it was given."""
        answer = await self.exchange(token, **fields)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body
