"""An app that registers by itself, over HTTP; and the operator who lets it."""

import json
from dataclasses import dataclass, field
from typing import Any

import httpx

from foundation.clock import HOUR
from idp.clients.declarations import Hand
from idp.clients.registry import Client, find_client
from idp.context import Server
from idp.registration import tokens
from idp.registration.policy import Policy
from idp.registration.registering import REGISTRATION_PATH
from tests.idp.support import REDIRECT, World

# The least that a registration has.
LEAST: dict[str, Any] = {"client_name": "Cap Emploi", "redirect_uris": [REDIRECT]}


async def initial_token(server: Server, policy: Policy | None = None, uses: int = 1000) -> tuple[str, str]:
    """An initial access token of the operator's: its id and its text."""
    now = server.clock.now()
    wish = tokens.Wish(policy or Policy(), uses, now + HOUR, "a partner")
    async with server.db.transaction() as tx:
        return await tokens.make(tx, wish, server.secrets.token_hash, Hand(now))


@dataclass
class Newcomer:
    """Who registers by one token."""

    world: World
    token: str = field(default="", repr=False)

    @property
    def http(self) -> httpx.AsyncClient:
        return self.world.http

    async def post(self, said: Any) -> httpx.Response:
        return await self.http.post(REGISTRATION_PATH, content=spoken(said), headers=speaking(self.token))

    async def says(self, **members: Any) -> httpx.Response:
        return await self.post(LEAST | members)

    async def registered(self, **members: Any) -> dict[str, Any]:
        answer = await self.says(**members)
        assert answer.status_code == 201, answer.text
        body: dict[str, Any] = answer.json()
        return body

    async def found(self, body: dict[str, Any]) -> Client:
        async with self.world.server.db.reading() as tx:
            client = await find_client(tx, body["client_id"])
        assert client is not None
        return client


def spoken(said: Any) -> bytes:
    """As Python writes JSON, what JSON is not included (NaN)."""
    return json.dumps(said).encode()


def speaking(token: str) -> dict[str, str]:
    return {"Content-Type": "application/json"} | bearer(token)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}


async def manage(
    world: World, body: dict[str, Any], method: str, said: Any = None, token: str | None = None
) -> httpx.Response:
    """A call on the registration that `body` was told of. token: another one than its own."""
    path = "/" + body["registration_client_uri"].split("/", 3)[3]
    shown = speaking(body["registration_access_token"] if token is None else token)
    content = None if said is None else spoken(said)
    return await world.http.request(method, path, content=content, headers=shown)
