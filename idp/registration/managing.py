"""The registration of one app, by itself: read, replaced, ended (RFC 7592)."""

import secrets
from collections.abc import Mapping
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from foundation.clock import SECOND
from foundation.database import Transaction
from foundation.errors import AccordError
from foundation.web.json_body import read_json_object
from foundation.web.lean import Endpoint, json_response
from idp.clients.declarations import Declarations, Hand
from idp.clients.metadata import ClientMetadata
from idp.clients.registry import Client, find_client, suspend_client
from idp.clients.subjects import check_subjects_stay
from idp.clients.versions import HOLD_APP, give_way, in_state
from idp.context import Server
from idp.registration import store
from idp.registration.events import ClientDeleted, ClientUpdated
from idp.registration.members import MEMBERS, OURS
from idp.registration.reaching import check_reachable
from idp.registration.reading import Asked, completed, invalid_metadata, read_registration
from idp.registration.registering import NO_STORE, bearer_of, told
from idp.registration.statements import MEMBER, Issuers, merged
from idp.registration.tokens import invalid_token
from keys.seal import keyed_hash

# Told by the server, and not for an app to say back (RFC 7592 section 2.2).
_NOT_SAID = (
    "registration_access_token",
    "registration_client_uri",
    "client_secret_expires_at",
    "client_id_issued_at",
)
# What an administrator, and people, knew it by when they trusted it.
FACE = ("name", "localized", "homepage", "privacy_url", "tos_uri", "contacts", "redirect_uris")
# Where nobody is any more to be told of a sign-out: whoever has the place by then is somebody else.
_GONE = {"backchannel_logout_uri": None, "frontchannel_logout_uri": None}
# Of ours, those that a registration is read with anew; the others it goes on with.
_ANEW = {"required_scopes", "optional_scopes", "contact", "localized", "require_pkce", "self_registered"}


class _Own(NamedTuple):
    """An app that showed its own registration access token."""

    row: store.RegistrationRow
    client: Client
    token: str


def management_endpoints(server: Server, issuers: Issuers) -> Mapping[str, Endpoint]:
    """The endpoints below REGISTRATION_PATH, by method. issuers: whose software statements count."""

    async def read(request: Request) -> Response:
        own = await _own(server, request)
        _refuse_suspended(own.client)
        return json_response(told(server, own.row, Asked(own.client.metadata, ()), own.token), 200, NO_STORE)

    async def replace(request: Request) -> Response:
        own = await _own(server, request)
        _refuse_suspended(own.client)
        said = await read_json_object(request)
        _check_said(said, own.client, server)
        # Read before the unit, which fetches nothing; what is held by then counts, and is judged in it.
        whole = merged(said, issuers, server.issuer, server.clock.now())
        read = read_registration(whole, own.row.policy)
        await check_reachable(server.outbound, read.metadata)
        answer = await _replace(server, own, whole, request.scope["state"]["trace_id"])
        return json_response(answer, 200, NO_STORE)

    async def end(request: Request) -> Response:
        own = await _own(server, request)
        await _end(server, own, request.scope["state"]["trace_id"])
        return Response(status_code=204, headers={"Cache-Control": "no-store"})

    return {"GET": read, "PUT": replace, "DELETE": end}


async def _own(server: Server, request: Request) -> _Own:
    """The app at this address, whose token was shown. Raises AccordError `invalid_token` for any other."""
    text = bearer_of(request)
    client_id = request.scope["path"].rpartition("/")[2]
    if text is None or not client_id.isprintable() or len(client_id) > 100:
        raise invalid_token()
    async with server.db.reading() as tx:
        row = await store.find_registration(tx, client_id)
        client = await find_client(tx, client_id)
    if row is None or client is None or not store.proves(row, text, server.secrets.token_hash):
        raise invalid_token()
    return _Own(row, client, text)


def _refuse_suspended(client: Client) -> None:
    if client.suspended:
        raise AccordError("unauthorized_client", "This application is suspended.", status=403)


def _check_said(said: Mapping[str, Any], client: Client, server: Server) -> None:
    if said.get("client_id") != client.id:
        raise invalid_metadata("client_id: it is said, and that of this registration")
    for name in _NOT_SAID:
        if name in said:
            raise invalid_metadata(f"{name}: it is not for an application to say")
    secret = said.get("client_secret")
    if secret is None:
        return
    if not isinstance(secret, str) or not client.has_secret(secret, server.secrets.token_hash):
        raise invalid_metadata("client_secret: an application does not choose its secret")


async def _replace(server: Server, own: _Own, said: Mapping[str, Any], request_id: str) -> dict[str, Any]:
    now, key = server.clock.now(), server.secrets.token_hash
    text, token_hash = store.fresh_token(key)
    statement, client_id = said.get(MEMBER), own.client.id
    async with server.db.transaction() as tx:
        held = await tx.first(HOLD_APP, client_id=client_id)
        if held is None or not await store.rotate(tx, own.row, token_hash, statement):
            raise invalid_token()
        before = ClientMetadata.model_validate_json(held.metadata_json)
        after = carried_over(before, said, own.row)
        await check_subjects_stay(tx, client_id, before, after.metadata)
        secret, kept = _secret(own, before, after.metadata, now)
        metadata = after.metadata.model_copy(
            update={"secret_expires_at": own.row.policy.secret_expires_at(now)} if secret else {}
        )
        secret_hash = keyed_hash(key, secret.encode()) if secret else kept
        await store.put(tx, client_id, metadata.model_dump_json(), secret_hash)
        hand = Hand(now, request_id=request_id)
        await _record(server, tx, client_id, _Change(before, metadata), hand)
        await _submit(server, tx, client_id, after._replace(metadata=metadata), hand)
    row = own.row._replace(software_statement=statement)
    answer = told(server, row, Asked(metadata, ()), text)
    return answer | ({} if secret is None else {"client_secret": secret})


def carried_over(before: ClientMetadata, said: Mapping[str, Any], row: store.RegistrationRow) -> Asked:
    """The registration that takes the place of `before`: what is ours to say stays.

    An administrator approved an app of a name and an address: where these change, what was approved beyond
    its policy is to be approved again. Raises AccordError `invalid_client_metadata`.
    """
    asked = read_registration(said, row.policy)
    kept = {name: getattr(before, name) for name in OURS if name not in _ANEW}
    if any(getattr(before, name) != getattr(asked.metadata, name) for name in FACE):
        lost = (one for one in before.scopes if one not in asked.metadata.scopes)
        asked = asked._replace(beyond=tuple(dict.fromkeys((*asked.beyond, *lost))))
        kept |= {"verified_on": "", "legal_entity": "", "declaration": 1}
    else:
        asked = read_registration(said, row.policy, before.scopes)
        boxes = tuple(one for one in asked.metadata.scopes if one not in before.required_scopes)
        kept |= {"required_scopes": before.required_scopes, "optional_scopes": boxes}
    return asked._replace(metadata=completed(asked.metadata, kept))


def _secret(
    own: _Own, before: ClientMetadata, after: ClientMetadata, now: int
) -> tuple[str | None, bytes | None]:
    """A new secret where its method needs one that it has not, or not any more; else what is kept."""
    if not after.auth_method.startswith("client_secret_"):
        return None, None
    expired = 0 < before.secret_expires_at <= now // SECOND
    if own.client.secret_hash is None or expired:
        return secrets.token_urlsafe(32), None
    return None, own.client.secret_hash


async def _end(server: Server, own: _Own, request_id: str) -> None:
    """Stop the app for good; what people agreed to follows in the background (ending.py)."""
    now, client_id = server.clock.now(), own.client.id
    async with server.db.transaction() as tx:
        held = await tx.first(HOLD_APP, client_id=client_id)
        if held is None or not await store.end(tx, own.row, now):
            raise invalid_token()
        last = ClientMetadata.model_validate_json(held.metadata_json).model_copy(update=_GONE)
        await store.put(tx, client_id, last.model_dump_json(), None)
        await suspend_client(tx, client_id, now)
        await give_way(tx, client_id, "submitted")
        event = ClientDeleted(client=client_id)
        await server.ledger.append(tx, event, person=None, now=now, request_id=request_id)


class _Change(NamedTuple):
    """A registration, and the one that takes its place."""

    before: ClientMetadata
    after: ClientMetadata

    @property
    def members(self) -> str:
        """The standard names of what differs."""
        before, after = self
        names = (name for name, one in MEMBERS.items() if getattr(before, one) != getattr(after, one))
        return " ".join(sorted(names))


async def _record(server: Server, tx: Transaction, client_id: str, change: _Change, hand: Hand) -> None:
    event = ClientUpdated(client=client_id, scopes=" ".join(change.after.scopes), members=change.members)
    await server.ledger.append(tx, event, person=None, now=hand.now, request_id=hand.request_id)


async def _submit(server: Server, tx: Transaction, client_id: str, asked: Asked, hand: Hand) -> None:
    """Send what it asks beyond what it may to an administrator, unless that waits there already."""
    waits = await in_state(tx, client_id, "submitted")
    if asked.declared is not None and (waits is None or waits.declared != asked.declared):
        await Declarations(server.ledger).submit(tx, client_id, asked.declared, hand)
