"""Who calls a protocol endpoint: read what is claimed, load it, and prove it, in one way for them all."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Generic, NamedTuple, Protocol, TypeVar

from starlette.requests import Request

from foundation.database import Transaction
from foundation.errors import AccordError
from idp.clients.assertion import AssertionUse, record_use
from idp.clients.authentication import (
    Authenticated,
    Credentials,
    Verifier,
    authorization_of,
    invalid_client,
    read_credentials,
    verify,
)
from idp.clients.registry import Client, find_client
from idp.context import Server
from idp.documents.finding import ensure
from idp.documents.reading import names_document
from idp.mtls.certificate import Presented, presented_in

TOKEN_PATH = "/token"  # noqa: S105  # a path; assertions may name it at every endpoint


class Asking(Protocol):
    """What an endpoint loads to decide on: the app that asks is part of it."""

    @property
    def client(self) -> Client | None: ...


L = TypeVar("L", bound=Asking)


class Caller(NamedTuple, Generic[L]):
    """An app that proved who it is. loaded: what was read with it. now: microseconds, when it was proved.

    presented: the certificate of its connection.
    """

    authenticated: Authenticated
    loaded: L
    presented: Presented | None
    now: int

    @property
    def client(self) -> Client:
        return self.authenticated.client


class Door(NamedTuple):
    """An endpoint that apps call. profile: of those it serves, None for any.

    named: the path that their assertions may name besides the issuer and the token endpoint.
    """

    server: Server
    profile: str | None = ""
    named: str = TOKEN_PATH

    def verifier(self, request: Request, now: int) -> Verifier:
        """What proves credentials at this door."""
        server = self.server
        issuer, settings = server.issuer, server.settings
        audiences: tuple[str, ...] = (issuer, issuer + TOKEN_PATH, issuer + self.named)
        if alias := settings.client_certificate_origin:
            audiences += (alias + TOKEN_PATH, alias + self.named)
        presented, authorities = presented_in(request), settings.client_certificate_authorities
        secret, keys = server.secrets.token_hash, server.app_keys
        return Verifier(secret, audiences, now, keys, self.profile, presented, authorities)


async def prove_caller(
    door: Door, request: Request, form: Mapping[str, str], load: Callable[[Credentials], Awaitable[L]]
) -> Caller[L]:
    """The app that calls, by its registered method; one that has none is who it says, as at /authorize.

    Raises AccordError `invalid_request`, `invalid_client`.
    """
    credentials = read_credentials(authorization_of(request), form)
    if names_document(credentials.client_id):
        await _see_document(door.server, credentials.client_id, request)
    loaded = await load(credentials)
    if credentials.assertion and await door.server.app_keys.renewed(credentials.assertion, loaded.client):
        loaded = await load(credentials)  # a fetch takes its time: things have moved on
    now = door.server.clock.now()
    verifier = door.verifier(request, now)
    return Caller(verify(credentials, loaded.client, verifier), loaded, verifier.presented, now)


async def _see_document(server: Server, client_id: str, request: Request) -> None:
    """An app whose name is an address is looked up there; one that is not found is no app."""
    try:
        await ensure(server, client_id, request)
    except AccordError as error:
        raise error if error.status == 429 else invalid_client(error.description) from None


class Alone(NamedTuple):
    """The app that asks, and nothing else."""

    client: Client | None


async def prove_app(door: Door, request: Request, form: Mapping[str, str]) -> Caller[Alone]:
    """As `prove_caller`, where nothing else is needed."""

    async def load(credentials: Credentials) -> Alone:
        async with door.server.db.reading() as tx:
            return Alone(await find_client(tx, credentials.client_id))

    return await prove_caller(door, request, form, load)


async def spend(tx: Transaction, use: AssertionUse | None) -> None:
    """Spend the assertion that authenticated a call. Raises AccordError when it was used before."""
    if use is not None and not await record_use(tx, use):
        raise invalid_client("a client assertion that was already used")
