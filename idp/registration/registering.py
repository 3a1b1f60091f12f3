"""POST to the registration endpoint (RFC 7591 section 3; OpenID Connect Registration section 3)."""

import secrets
from collections.abc import Mapping
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from foundation.clock import MINUTE, SECOND
from foundation.database import Transaction
from foundation.errors import AccordError
from foundation.web.json_body import read_json_object
from foundation.web.lean import Endpoint, header, json_response
from idp.clients.declarations import Declarations, Hand
from idp.clients.events import ClientRegistered
from idp.clients.registry import Registration, add_client
from idp.clients.versions import waiting
from idp.context import Server
from idp.people.throttle import Limit, Throttle, network_of
from idp.registration import store, tokens
from idp.registration.members import told_members
from idp.registration.policy import ANYBODY, Policy
from idp.registration.reaching import check_reachable
from idp.registration.reading import Asked, read_registration
from idp.registration.statements import MEMBER, Issuers, merged
from keys.seal import derive, keyed_hash

REGISTRATION_PATH = "/clients"  # people register at /register
NO_STORE = ((b"cache-control", b"no-store"), (b"pragma", b"no-cache"))
# How many declarations of apps that nobody vouches for wait at once: partners' own must not drown in them.
MOST_WAITING = 100


class Shown(NamedTuple):
    """Who registers: the holder of a token, or anybody (token_id None)."""

    policy: Policy
    token_id: str | None = None


def registration_endpoint(server: Server, issuers: Issuers) -> Endpoint:
    """The endpoint. issuers: whose software statements count."""
    throttle = Throttle(derive(server.secrets.lookup, "accord throttle v1"))
    limit = Limit("registration.network", server.settings.registrations_per_network, 15 * MINUTE)

    async def register(request: Request) -> Response:
        shown = await _who(server, request)
        if shown.token_id is None:
            await _count(server, throttle, limit, request)
        said = await read_json_object(request)
        read = read_registration(merged(said, issuers, server.issuer, server.clock.now()), shown.policy)
        await check_reachable(server.outbound, read.metadata)
        answer = await _keep(server, shown, read, said, request.scope["state"]["trace_id"])
        return json_response(answer, 201, NO_STORE)

    return register


def bearer_of(request: Request) -> str | None:
    """The bearer token of a call, unverified; None where it brings none. Raises AccordError for several."""
    given = header(request, b"authorization")
    if not given:
        return None
    scheme, _, text = given[0].partition(" ")
    if len(given) > 1 or scheme.lower() != "bearer":
        raise tokens.invalid_token()
    return text.strip()


async def _who(server: Server, request: Request) -> Shown:
    """A token that is shown must be good, even where nobody needs one."""
    text = bearer_of(request)
    if text is None:
        if server.settings.client_registration == "open":
            return Shown(ANYBODY)
        raise tokens.invalid_token()
    async with server.db.reading() as tx:
        row = await tokens.find(tx, text, server.secrets.token_hash, server.clock.now())
    return Shown(row.policy, row.id)


async def _count(server: Server, throttle: Throttle, limit: Limit, request: Request) -> None:
    network = network_of(request.client.host if request.client else None)
    async with server.db.transaction() as tx:
        seconds = await throttle.wait_after(tx, limit, network, server.clock.now())
    if seconds:
        raise AccordError(
            "too_many_registrations",
            "Too many registrations from this network. Nothing was kept; wait, then try again.",
            status=429,
            headers={"Retry-After": str(seconds)},
        )


async def _keep(
    server: Server, shown: Shown, read: Asked, said: Mapping[str, Any], request_id: str
) -> dict[str, Any]:
    """Register the app; what it is told."""
    now, key = server.clock.now(), server.secrets.token_hash
    client_id = f"app-{secrets.token_hex(8)}"
    asked, secret = with_secret(read, shown.policy, now)
    text, token_hash = store.fresh_token(key)
    statement = said.get(MEMBER)
    row = store.RegistrationRow(
        client_id, token_hash, shown.policy.model_dump_json(), shown.token_id, statement, now, None
    )
    async with server.db.transaction() as tx:
        if shown.token_id is not None:
            await tokens.spend(tx, shown.token_id, now)
        secret_hash = None if secret is None else keyed_hash(key, secret.encode())
        hand = Hand(now, request_id=request_id)
        registration = Registration(client_id, asked.metadata, secret_hash)
        await admit(server, tx, Newcomer(registration, asked, shown.token_id is not None), hand)
        await store.keep(tx, row)
    return told(server, row, asked, text) | ({} if secret is None else {"client_secret": secret})


class Newcomer(NamedTuple):
    """An app that registers by itself. vouched: whether a token of the operator's stands for it."""

    registration: Registration
    asked: Asked
    vouched: bool


async def admit(server: Server, tx: Transaction, newcomer: Newcomer, hand: Hand) -> None:
    """Let an app in, with what it asks beyond what it may on an administrator's desk."""
    client_id, metadata = newcomer.registration.client_id, newcomer.registration.metadata
    declared = newcomer.asked.declared
    await add_client(tx, newcomer.registration, hand.now)
    event = ClientRegistered(
        client=client_id,
        scopes=" ".join(metadata.scopes),
        auth_method=metadata.auth_method,
        by="document" if metadata.self_registered == "document" else "app",
    )
    await server.ledger.append(tx, event, person=None, now=hand.now, request_id=hand.request_id)
    await Declarations(server.ledger).first(tx, client_id, metadata, hand)
    room = newcomer.vouched or len(await waiting(tx, MOST_WAITING)) < MOST_WAITING
    if declared is not None and room:
        await Declarations(server.ledger).submit(tx, client_id, declared, hand)


def with_secret(read: Asked, policy: Policy, now: int) -> tuple[Asked, str | None]:
    """The app with the secret that its method needs, and until when that is good."""
    metadata = read.metadata.model_copy(update={"declaration": 1, "secret_expires_at": 0})
    if not metadata.auth_method.startswith("client_secret_"):
        return read._replace(metadata=metadata), None
    metadata = metadata.model_copy(update={"secret_expires_at": policy.secret_expires_at(now)})
    return read._replace(metadata=metadata), secrets.token_urlsafe(32)


def told(server: Server, row: store.RegistrationRow, asked: Asked, token: str) -> dict[str, Any]:
    """What an app hears of its registration (RFC 7591 section 3.2.1, RFC 7592 section 3). token: its own."""
    answer: dict[str, Any] = {
        "client_id": row.client_id,
        "client_id_issued_at": row.issued_at // SECOND,
        "registration_access_token": token,
        "registration_client_uri": f"{server.issuer}{REGISTRATION_PATH}/{row.client_id}",
        **told_members(asked.metadata),
    }
    if asked.metadata.auth_method.startswith("client_secret_"):
        answer["client_secret_expires_at"] = asked.metadata.secret_expires_at
    return answer if row.software_statement is None else answer | {MEMBER: row.software_statement}
