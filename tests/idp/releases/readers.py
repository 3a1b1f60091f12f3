"""How an app reads: its registration, its tokens, its calls; and how its answers say what left."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import httpx

from consent.profile.document import import_document
from consent.profile.personas import load_persona
from consent.profile.store import Owner
from foundation.clock import FrozenClock
from idp.context import Server
from idp.people.accounts import Draft
from idp.people.addresses import parse_address
from idp.people.opening import create_account
from tests.idp.releases.model import FIELDS, REQUIRED, Kind
from tests.idp.support import World, add_app

OPTIONAL = tuple(scope for scope in FIELDS if scope not in REQUIRED)
ASKED = " ".join(["openid", *FIELDS, "offline_access"])


class Obtained(NamedTuple):
    """Tokens as they were answered. scopes: in the catalogue's words. seconds: life of the access token."""

    access: str
    refresh: str | None
    scopes: frozenset[str]
    seconds: int


class Seen(NamedTuple):
    """An answer: what it was, its body as compared with `expect`, and the seconds to wait if it said any."""

    kind: Kind
    body: Any
    retry_after: int | None = None


class Reader(Protocol):
    """One way to read. scopes: those that it serves, of the model's."""

    name: str
    scopes: Sequence[str]

    async def settle(self, server: Server, http: httpx.AsyncClient, clock: FrozenClock, mark: str) -> World:
        """A new person with amina's profile, and a new app that reads this way. mark: unlike any before."""
        ...

    async def obtain(self, world: World) -> Obtained | None:
        """Tokens by a code under her standing grant, asking for everything; None when they are refused."""
        ...

    async def renew(self, world: World, refresh: str) -> Obtained | None:
        """Tokens by a refresh token; None when they are refused."""
        ...

    async def read(self, world: World, access: str, scope: str) -> Seen:
        """One call for the data of a scope."""
        ...

    def expect(self, scope: str, items: Sequence[Mapping[str, Any]]) -> Any:
        """The body of an answer that lets out exactly these items."""
        ...


async def new_world(
    server: Server, http: httpx.AsyncClient, clock: FrozenClock, mark: str, **metadata: Any
) -> World:
    """A person of her own, and an app; metadata: of its registration."""
    address = parse_address(f"{mark}@example.org")
    assert address is not None
    async with server.db.transaction() as tx:
        holder = await create_account(tx, server, Draft(address, "!"), clock.now())
        owner = Owner(holder.id, holder.person.data_key)
        await import_document(tx, owner, load_persona("amina"), clock.now())
    scopes = {"required_scopes": ("openid", "profile"), "optional_scopes": (*OPTIONAL, "offline_access")}
    client = await add_app(server, f"app-{mark}", "app-secret", **{**scopes, **metadata})
    return World(server, http, clock, holder.id, holder.person, client)


class DataApi:
    """Accord's own: /v1/me/<dataset>, and userinfo for who she is."""

    name = "data API"
    scopes = tuple(FIELDS)
    _REFUSALS: Mapping[tuple[int, str], Kind] = {
        (401, "invalid_token"): "dead",
        (403, "consent_paused"): "resting",
        (403, "insufficient_scope"): "not shared",
        (429, "read_limit_reached"): "too often",
    }
    _SINGLE = frozenset({"birthdate", "contact", "status", "benefits"})

    async def settle(self, server: Server, http: httpx.AsyncClient, clock: FrozenClock, mark: str) -> World:
        return await new_world(server, http, clock, mark)

    async def obtain(self, world: World) -> Obtained | None:
        return _obtained(await world.redeem(await world.code(scope=ASKED)))

    async def renew(self, world: World, refresh: str) -> Obtained | None:
        return _obtained(await world.refresh(refresh))

    async def read(self, world: World, access: str, scope: str) -> Seen:
        path = "/userinfo" if scope == "profile" else f"/v1/me/{scope.replace('_', '-')}"
        answer = await world.read(path, access)
        body = answer.json()
        if answer.status_code != 200:
            wait = answer.headers.get("retry-after")
            kind = self._REFUSALS[answer.status_code, body["error"]]
            return Seen(kind, None, None if wait is None else int(wait))
        if scope != "profile":
            return Seen("let out", body["data"])
        return Seen("let out", {name: said for name, said in body.items() if name != "sub"})

    def expect(self, scope: str, items: Sequence[Mapping[str, Any]]) -> Any:
        if scope == "profile":
            person = dict(items[0]) if items else {}
            whole = " ".join(person[name] for name in ("given_name", "family_name") if person.get(name))
            return {name: said for name, said in ({"name": whole} | person).items() if said}
        if scope in self._SINGLE:
            return items[0] if items else None
        return list(items)


def _obtained(answer: httpx.Response) -> Obtained | None:
    if answer.status_code != 200:
        assert answer.json()["error"] == "invalid_grant", answer.text
        return None
    body = answer.json()
    scopes = frozenset(body["scope"].split())
    return Obtained(body["access_token"], body.get("refresh_token"), scopes, body["expires_in"])


READERS: tuple[Reader, ...] = (DataApi(),)
