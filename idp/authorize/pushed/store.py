"""Pushed requests in the database, and the text of a `request_uri`: `urn:…:<row>.<secret>`."""

import hmac
import re
import secrets
from typing import NamedTuple

from sqlalchemy import bindparam, insert, select, update
from sqlmodel import col

from foundation.database import Transaction
from foundation.purging import Purge
from foundation.statements import Statement, Write
from idp.authorize.pushed.tables import PushedRequest
from idp.authorize.request import AuthorizeRequest
from keys.seal import keyed_hash

URN = "urn:ietf:params:oauth:request_uri:"  # RFC 9126 section 2.2
_URI = re.compile(re.escape(URN) + r"([0-9a-f]{32})\.([A-Za-z0-9_-]{43})", re.ASCII)


class PushedRow(NamedTuple):
    """A row of `pushed_request`; times in microseconds."""

    id: str
    client_id: str
    secret_hash: bytes
    request_json: str
    expires_at: int
    used_at: int | None


_INSERT = Write(insert(PushedRequest))
_FIND = Statement(
    select(*(col(getattr(PushedRequest, name)) for name in PushedRow._fields)).where(
        col(PushedRequest.id) == bindparam("pushed_id")
    ),
    PushedRow,
)
# Single use: of any number of answers, in however many browsers, one finds it unused.
_SPEND = Write(
    update(PushedRequest)
    .where(col(PushedRequest.id) == bindparam("pushed_id"), col(PushedRequest.used_at).is_(None))
    .values(used_at=bindparam("now"))
)
# By the age of their ids: a pending request may still have to spend one that no browser can bring any more.
PURGE = Purge(PushedRequest)


async def keep(tx: Transaction, request: AuthorizeRequest, hash_key: bytes, expires_at: int) -> str:
    """Keep a checked request under the id that it carries (`pushed`); its request_uri."""
    secret = secrets.token_urlsafe(32)
    await tx.run(
        _INSERT,
        id=request.pushed,
        client_id=request.client_id,
        secret_hash=keyed_hash(hash_key, secret.encode()),
        request_json=request.model_dump_json(exclude_defaults=True),
        expires_at=expires_at,
        used_at=None,
    )
    return f"{URN}{request.pushed}.{secret}"


async def bring(
    tx: Transaction, unverified: str, client_id: str, hash_key: bytes, now: int
) -> AuthorizeRequest | None:
    """The request behind a request_uri that this app was given; None once it was used or has expired."""
    match = _URI.fullmatch(unverified)
    row = None if match is None else await tx.first(_FIND, pushed_id=match[1])
    if match is None or row is None or row.client_id != client_id:
        return None
    shown = keyed_hash(hash_key, match[2].encode())
    if not hmac.compare_digest(shown, row.secret_hash) or row.used_at is not None or now >= row.expires_at:
        return None
    return AuthorizeRequest.model_validate_json(row.request_json)


async def spend(tx: Transaction, pushed_id: str, now: int) -> bool:
    """Use it up: True for exactly one caller."""
    return await tx.run(_SPEND, pushed_id=pushed_id, now=now) > 0
