"""Who calls the grant management API: an app, with a token of its own (draft 03 section 6.1, RFC 6750)."""

import hmac
from typing import NamedTuple

from sqlalchemy import bindparam, select
from sqlmodel import col
from starlette.requests import Request

from foundation.database import Transaction
from foundation.errors import AccordError
from foundation.statements import Statement
from idp.clients.authentication import authorization_of
from idp.clients.tables import Client
from idp.context import Server
from idp.dpop import checking as dpop
from idp.mtls.certificate import presented_in
from idp.resource.pointing import pointer
from idp.resource.possession import Proved, hold_binding
from idp.token.tables import AccessToken
from idp.token.text import unverified_jti
from keys.seal import keyed_hash


class _AppToken(NamedTuple):
    token_hash: bytes
    client_id: str
    scope: str
    cnf: str | None


# Only a token without a line: one that a person stands behind says nothing for the app alone.
_FIND = Statement(
    select(
        col(AccessToken.token_hash),
        col(AccessToken.client_id),
        col(AccessToken.scope),
        col(AccessToken.cnf),
    )
    .join(Client, col(Client.id) == col(AccessToken.client_id))
    .where(
        col(AccessToken.id) == bindparam("token_id"),
        col(AccessToken.line_id).is_(None),
        col(AccessToken.revoked_at).is_(None),
        col(AccessToken.expires_at) > bindparam("now"),
        col(Client.suspended_at).is_(None),
    ),
    _AppToken,
)


async def calling_app(server: Server, tx: Transaction, request: Request, scope: str, now: int) -> str:
    """The id of the app that calls, if its token holds `scope`.

    Raises AccordError invalid_token (401), insufficient_scope (403), as section 6.6 says.
    """
    scheme, _, text = (authorization_of(request) or "").partition(" ")
    text = text.strip()
    proof = dpop.proof_of_token(server, request, text) if scheme.lower() == "dpop" else None
    known = proof is not None or scheme.lower() == "bearer"
    row = await tx.first(_FIND, token_id=unverified_jti(text) or "", now=now) if known else None
    shown = keyed_hash(server.secrets.token_hash, text.encode())
    if row is None or not hmac.compare_digest(shown, row.token_hash):
        raise AccordError(
            "invalid_token",
            f"Send, as Authorization: Bearer, a client_credentials token of scope {scope}.",
            status=401,
            headers={"WWW-Authenticate": 'Bearer error="invalid_token"'},
        )
    if row.cnf is not None or proof is not None:
        await hold_binding(tx, row.cnf, Proved(proof, presented_in(request), pointer(server.issuer)))
    if scope not in row.scope.split():
        raise AccordError(
            "insufficient_scope",
            f"This token lacks the scope {scope}.",
            status=403,
            headers={"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{scope}"'},
        )
    return row.client_id
