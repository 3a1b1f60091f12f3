"""The registry of apps: rows in, frozen `Client`s out."""

import hmac
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlsplit

from sqlalchemy import bindparam, insert, select, update
from sqlmodel import col

from foundation.database import Transaction
from foundation.settings import is_loopback
from foundation.statements import Statement, Write
from idp.clients import tables
from idp.clients.metadata import ClientMetadata
from keys.seal import keyed_hash


class ClientRow(NamedTuple):
    """The columns of an app, as other rooms' joins select them (see `CLIENT_COLUMNS`)."""

    id: str
    secret_hash: bytes | None
    metadata_json: str
    suspended_at: int | None


CLIENT_COLUMNS = (
    col(tables.Client.id),
    col(tables.Client.secret_hash),
    col(tables.Client.metadata_json),
    col(tables.Client.suspended_at),
)


@dataclass(frozen=True, slots=True)
class Client:
    """An app, as rules read it. `check_grant_type` is what Authlib asks of a client."""

    id: str
    metadata: ClientMetadata
    secret_hash: bytes | None = field(repr=False)
    suspended: bool

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type in self.metadata.grant_types

    def has_secret(self, secret: str, hash_key: bytes) -> bool:
        """Whether `secret` is the app's, in constant time."""
        return self.secret_hash is not None and hmac.compare_digest(
            keyed_hash(hash_key, secret.encode()), self.secret_hash
        )

    def allows_redirect(self, uri: str) -> bool:
        """Exact match with a registered URI; on the loopback the port may differ (RFC 8252 section 7.3)."""
        if uri in self.metadata.redirect_uris:
            return True
        return any(_same_but_port(uri, registered) for registered in self.metadata.redirect_uris)

    def allows_return(self, uri: str) -> bool:
        """Whether a browser may be sent there after a sign-out: an address that was registered for either.

        An empty path and "/" are one (RFC 3986 section 6.2.3); OpenID Connect RP-Initiated Logout section 3.
        """
        same = {uri, uri.removesuffix("/")} if uri.count("/") == 3 else {uri, f"{uri}/"}
        registered = {*self.metadata.post_logout_redirect_uris, *self.metadata.redirect_uris}
        return not registered.isdisjoint(same) or self.allows_redirect(uri)


def _same_but_port(uri: str, registered: str) -> bool:
    known = urlsplit(registered)
    if known.scheme != "http" or known.hostname is None or not is_loopback(known.hostname):
        return False
    host = f"[{known.hostname}]" if ":" in known.hostname else known.hostname
    tail = registered.split("://", 1)[1].removeprefix(known.netloc)
    prefix = f"http://{host}"
    if not uri.startswith(prefix) or not uri.endswith(tail):
        return False
    port = uri[len(prefix) : len(uri) - len(tail)]
    return port == "" or (port[0] == ":" and port[1:].isascii() and port[1:].isdigit() and len(port) <= 6)


@lru_cache(maxsize=4096)
def read_client(row: ClientRow) -> Client:
    """The client of a row. Cached by content: a changed row is another key, so nothing here goes stale."""
    metadata = ClientMetadata.model_validate_json(row.metadata_json)
    return Client(row.id, metadata, row.secret_hash, row.suspended_at is not None)


FIND_CLIENT = Statement(
    select(*CLIENT_COLUMNS).where(col(tables.Client.id) == bindparam("client_id")), ClientRow, by_key=True
)
_LIST = Statement(
    select(*CLIENT_COLUMNS)
    .where(col(tables.Client.id) > bindparam("after"))
    .order_by(col(tables.Client.id))
    .limit(bindparam("limit")),
    ClientRow,
)
_OF_OWNER = Statement(
    select(*CLIENT_COLUMNS)
    .where(col(tables.Client.owner_id) == bindparam("owner_id"))
    .order_by(col(tables.Client.id)),
    ClientRow,
)
_INSERT = Write(insert(tables.Client))
_SUSPEND = Write(
    update(tables.Client)
    .where(col(tables.Client.id) == bindparam("client_id"), col(tables.Client.suspended_at).is_(None))
    .values(suspended_at=bindparam("now"))
)


async def find_client(tx: Transaction, client_id: str) -> Client | None:
    """The app of this id, suspended or not, or None."""
    row = await tx.first(FIND_CLIENT, client_id=client_id)
    return None if row is None else read_client(row)


async def list_clients(tx: Transaction, *, after: str = "", limit: int = 100) -> list[Client]:
    """A keyset page of apps by id."""
    return [read_client(row) for row in await tx.all(_LIST, after=after, limit=limit)]


async def clients_of(tx: Transaction, owner_id: str) -> list[Client]:
    """The apps of a partner's account."""
    return [read_client(row) for row in await tx.all(_OF_OWNER, owner_id=owner_id)]


@dataclass(frozen=True, slots=True)
class Registration:
    """An app to register. secret_hash: keyed hash of its secret; owner_id: the partner's account, if any."""

    client_id: str
    metadata: ClientMetadata
    secret_hash: bytes | None = field(default=None, repr=False)
    owner_id: str | None = None


async def add_client(tx: Transaction, registration: Registration, now: int) -> None:
    """Register an app. Raises ConflictError when the id is taken."""
    await tx.run(
        _INSERT,
        id=registration.client_id,
        secret_hash=registration.secret_hash,
        owner_id=registration.owner_id,
        metadata_json=registration.metadata.model_dump_json(),
        created_at=now,
        suspended_at=None,
    )


async def suspend_client(tx: Transaction, client_id: str, now: int) -> bool:
    """Stop an app at once: no login, no token, no read. False when it was not active."""
    return await tx.run(_SUSPEND, client_id=client_id, now=now) > 0
