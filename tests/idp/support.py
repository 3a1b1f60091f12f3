"""A small world for protocol tests: amina, an app, her grant, codes; and an app's calls."""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

import httpx
from sqlalchemy import select
from sqlmodel import col
from starlette.types import ASGIApp, Receive, Scope, Send

from consent.acts import Act, Decided, Notice, Person
from consent.answers import read_form
from consent.coverage import Ask, covers
from consent.decisions import Decisions
from consent.grants import find_standing
from consent.ledger.tables import LedgerEvent
from consent.profile.document import import_document
from consent.profile.editing import Part, put_item
from consent.profile.personas import load_persona
from consent.profile.store import Owner, load_all, shelf_of
from foundation.clock import FrozenClock
from foundation.errors import AccordError
from foundation.settings import Settings
from foundation.statements import Statement
from foundation.web.guard import Guard
from foundation.web.kit import build_web
from foundation.web.lean import LeanRoutes
from idp.authorize.issue import Occasion, issue_code
from idp.authorize.request import AuthorizeRequest
from idp.authorize.sharing import sharing_request
from idp.clients.metadata import ClientMetadata
from idp.clients.registry import Client, find_client
from idp.clients.subjects import subject_for
from idp.commands.clients import register_client
from idp.context import Server
from idp.endpoints import lean_table
from idp.people.accounts import Draft
from idp.people.addresses import parse_address
from idp.people.opening import create_account
from idp.people.session import Session
from keys.people import PersonSecrets

ISSUER = "http://127.0.0.1:8000"
REDIRECT = "https://coach.example/callback"
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
SCOPES = "openid profile email skills experiences trainings offline_access"


class _Leaf(NamedTuple):
    leaf: str


_LEAVES = Statement(select(col(LedgerEvent.leaf)).order_by(col(LedgerEvent.id)), _Leaf)


def settings_for(database_url: str, data_dir: Path, **fields: Any) -> Settings:
    """The settings of a test server."""
    given = {"issuer": ISSUER, "master_key": "k" * 8 + "0123456789abcdefghijklmn"} | fields
    return Settings(database_url=database_url, data_dir=data_dir, **given)


def lean_app(server: Server) -> ASGIApp:
    """The lean endpoints of a server behind its guard, and no page."""
    return Guard(LeanRoutes(lean_table(server), nothing_behind), build_web(server.issuer))


async def nothing_behind(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise AccordError("not_found", "Nothing here.", status=404)


@dataclass
class World:
    """Amina with her profile, one app, and the means to grant and to call."""

    server: Server
    http: httpx.AsyncClient
    clock: FrozenClock
    person_id: str
    person: PersonSecrets
    client: Client
    secret: str = field(repr=False, default="app-secret")

    def of(self, client: Client, secret: str) -> "World":
        """The same world, seen by another app."""
        return replace(self, client=client, secret=secret)

    def at(self, server: Server, http: httpx.AsyncClient) -> "World":
        """The same world, asked of another node."""
        return replace(self, server=server, http=http)

    @classmethod
    async def make(cls, server: Server, http: httpx.AsyncClient, clock: FrozenClock) -> "World":
        address = parse_address("amina@example.org")
        assert address is not None
        async with server.db.transaction() as tx:
            holder = await create_account(tx, server, Draft(address, "!"), clock.now())
            owner = Owner(holder.id, holder.person.data_key)
            await import_document(tx, owner, load_persona("amina"), clock.now())
        client = await add_app(server, "app", "app-secret")
        return cls(server, http, clock, holder.id, holder.person, client)

    @property
    def session(self) -> Session:
        return Session(
            id="5" * 32,
            secret="",
            account_id=self.person_id,
            role="person",
            auth_time=self.clock.now(),
            person=self.person,
        )

    def decisions(self) -> Decisions:
        return self.server.decisions

    def act(self, client: Client) -> Act:
        person = Person(self.person_id, subject_for(client, self.person), self.person)
        return Act(
            person=person, now=self.clock.now(), request_id="t" * 32, notice=Notice("fr", "0" * 64, "1")
        )

    async def grant(self, client: Client | None = None, *, asked: str = SCOPES, **form: list[str]) -> Decided:
        """She accepts; form: what she ticked (scope, hide, future, duration)."""
        client = client or self.client
        ticked = {"scope": ["email", "skills", "experiences", "trainings"], "duration": ["30d"], **form}
        request = AuthorizeRequest(client_id=client.id, redirect_uri=REDIRECT, scope=asked)
        async with self.server.db.transaction() as tx:
            standing = await find_standing(tx, self.person_id, client.id)
            ask = covers(standing, sharing_request(request, client), self.clock.now(), prompted=True)
            assert isinstance(ask, Ask)
            shelf = shelf_of(await load_all(tx, self.owner))
            ticked["scope"] = [one for one in ticked["scope"] if one in ask.scopes]
            decided = await self.decisions().accept(tx, ask, read_form(ticked, ask, shelf), self.act(client))
        assert isinstance(decided, Decided)
        return decided

    async def code(
        self, client: Client | None = None, *, scope: str = SCOPES, challenge: str | None = CHALLENGE
    ) -> str:
        """A code under her standing grant."""
        client = client or self.client
        request = AuthorizeRequest(
            client_id=client.id, redirect_uri=REDIRECT, scope=scope, nonce="n-1", code_challenge=challenge
        )
        async with self.server.db.transaction() as tx:
            standing = await find_standing(tx, self.person_id, client.id)
            assert standing is not None
            occasion = Occasion(request, standing, self.session, self.clock.now(), "t" * 32)
            return await issue_code(self.server, tx, occasion)

    @property
    def owner(self) -> Owner:
        return Owner(self.person_id, self.person.data_key)

    async def shelf(self) -> Mapping[str, Sequence[dict[str, Any]]]:
        """Her profile as it is stored."""
        async with self.server.db.reading() as tx:
            return shelf_of(await load_all(tx, self.owner))

    async def put(self, dataset: str, **item: Any) -> dict[str, Any]:
        """She adds an item to her profile."""
        async with self.server.db.transaction() as tx:
            return await put_item(tx, self.owner, Part(dataset), item, self.clock.now())

    async def revoke(self, grant_id: str) -> None:
        async with self.server.db.transaction() as tx:
            assert await self.decisions().revoke(tx, grant_id, self.act(self.client)) is not None

    async def revoke_scope(self, grant_id: str, scope: str) -> None:
        async with self.server.db.transaction() as tx:
            assert await self.decisions().revoke_scope(tx, grant_id, scope, self.act(self.client)) is not None

    async def post(
        self, path: str, fields: dict[str, str], auth: tuple[str, str] | None = None
    ) -> httpx.Response:
        """A call of the app, authenticated as it is registered (an assertion is given in `fields`)."""
        method = self.client.metadata.auth_method
        if auth is None and method != "client_secret_basic":
            own = {"client_id": self.client.id} if method != "private_key_jwt" else {}
            own |= {"client_secret": self.secret} if method == "client_secret_post" else {}
            return await self.http.post(path, data=own | fields)
        return await self.http.post(path, data=fields, auth=auth or (self.client.id, self.secret))

    async def redeem(self, code: str, **fields: str) -> httpx.Response:
        """The token request of a well-behaved app; an empty value leaves a field out."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": REDIRECT,
            "code_verifier": VERIFIER,
        } | fields
        return await self.post("/token", {name: value for name, value in form.items() if value})

    async def tokens(self, **form: list[str]) -> dict[str, Any]:
        """Grant, code and redemption in one."""
        await self.grant(**form)
        answer = await self.redeem(await self.code())
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    async def refresh(self, token: str, **fields: str) -> httpx.Response:
        return await self.post("/token", {"grant_type": "refresh_token", "refresh_token": token} | fields)

    async def read(self, path: str, token: str) -> httpx.Response:
        return await self.http.get(path, headers={"Authorization": f"Bearer {token}"})

    async def events(self, name: str) -> list[dict[str, Any]]:
        """The leaves of one event type, oldest first."""
        async with self.server.db.reading() as tx:
            leaves = [json.loads(row.leaf) for row in await tx.all(_LEAVES)]
        return [leaf for leaf in leaves if leaf["event"] == name]


async def add_app(server: Server, client_id: str, secret: str | None, **metadata: Any) -> Client:
    """Register an app."""
    fields: dict[str, Any] = {
        "name": "Cap Coaching",
        "redirect_uris": (REDIRECT,),
        "optional_scopes": ("email", "skills", "experiences", "trainings", "offline_access"),
        "grant_types": ("authorization_code", "refresh_token", "client_credentials"),
    } | metadata
    await register_client(server, client_id, ClientMetadata(**fields), secret)
    async with server.db.reading() as tx:
        client = await find_client(tx, client_id)
    assert client is not None
    return client
