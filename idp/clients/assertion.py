"""Client assertions: `private_key_jwt` (RFC 7523, OpenID Connect Core section 9).

The audience is one string: the issuer or the token endpoint. An array would let an assertion made for
several servers be replayed here. Each `jti` is used once: its claim is a row written in the transaction of
what it authorizes.
"""

import hashlib
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import orjson
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from sqlalchemy import bindparam, exists, select
from sqlmodel import col

from foundation.clock import MINUTE, SECOND
from foundation.database import Transaction
from foundation.purging import Purge
from foundation.series import Row, Series, Spent
from foundation.statements import Statement, Write, upsert
from idp.clients.jwks import read_jwks
from idp.clients.registry import Client
from idp.clients.tables import ClientAssertion
from idp.fapi import rules as fapi
from keys.verifying import verified

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ALGORITHMS = ("ES256", "RS256", "PS256", "Ed25519", "EdDSA")
# A JWT that an app signed for another use is no assertion (RFC 8725 section 3.11).
_TYPES = {"", "jwt", "client-authentication+jwt"}
_MAX_LENGTH = 8192
_MAX_LIFE_SECONDS = 600
_SKEW_SECONDS = 30


@dataclass(frozen=True, slots=True, repr=False)
class UnverifiedAssertion:
    """An assertion that parses; its client_id and the key it names are claims, nothing more."""

    text: str
    client_id: str
    kid: str | None = None


@dataclass(frozen=True, slots=True)
class AssertionUse:
    """A proved assertion's single use, still to be recorded."""

    client_id: str
    jti_hash: bytes
    expires_at: int


def read_assertion(text: str) -> UnverifiedAssertion | None:
    """Who an assertion claims to be from; None when it cannot be read."""
    if len(text) > _MAX_LENGTH or not text.isascii():
        return None
    try:
        parsed = jws.extract_compact(text.encode())
        claims = orjson.loads(parsed.payload)
    except (JoseError, ValueError):
        return None
    subject = claims.get("sub") if isinstance(claims, dict) else None
    if not isinstance(subject, str) or not subject:
        return None
    kid = parsed.headers().get("kid")
    return UnverifiedAssertion(text, subject, kid if isinstance(kid, str) else None)


@lru_cache(maxsize=1024)
def _keys(jwks: str) -> KeySet:
    return read_jwks(jwks)


def prove_assertion(
    assertion: UnverifiedAssertion,
    client: Client,
    audiences: tuple[str, ...],
    now: int,
    published: KeySet | None = None,
) -> AssertionUse | None:
    """Check signature and claims against the app's own keys; None when anything is wrong.

    audiences: the issuer and the token endpoint. published: the keys behind its `jwks_uri`, None for an app
    whose keys were given by value. Still to do by the caller: `record_use` in its transaction.
    """
    algorithms = fapi.algorithms_of(client.metadata, ALGORITHMS)
    if client.metadata.auth_signing_alg is not None:  # OpenID Connect Dynamic Client Registration section 2
        algorithms = (client.metadata.auth_signing_alg,)
    audiences = fapi.audiences_of(client.metadata, audiences)
    try:
        keys = published or _keys(client.metadata.jwks or "")
        proved = verified(assertion.text, keys, algorithms)
        claims: Any = orjson.loads(proved.payload)
    except (JoseError, ValueError):
        return None
    header = proved.headers()
    if str(header.get("typ", "")).lower().removeprefix("application/") not in _TYPES:
        return None
    if "crit" in header:
        return None  # no extension is understood here (RFC 7515 section 4.1.11), an empty list included
    seconds = now // SECOND
    if not _claims_hold(claims, client.id, audiences, seconds):
        return None
    jti_hash = hashlib.sha256(claims["jti"].encode()).digest()
    return AssertionUse(client.id, jti_hash, int(claims["exp"]) * SECOND + MINUTE)


def _claims_hold(claims: dict[str, Any], client_id: str, audiences: tuple[str, ...], seconds: int) -> bool:
    times = [claims.get("exp"), claims.get("nbf", seconds), claims.get("iat", seconds)]
    if not all(isinstance(time, int | float) and not isinstance(time, bool) for time in times):
        return False
    expires, not_before, issued = times
    return (
        claims.get("iss") == client_id
        and claims.get("sub") == client_id
        and isinstance(claims.get("aud"), str)
        and claims["aud"] in audiences
        and isinstance(claims.get("jti"), str)
        and 0 < len(claims["jti"]) <= 256
        and seconds - _SKEW_SECONDS < expires <= seconds + _MAX_LIFE_SECONDS
        and not_before <= seconds + _SKEW_SECONDS
        and issued <= seconds + _SKEW_SECONDS
    )


_RECORD: Statement[Any] = Write(upsert(ClientAssertion, ["client_id", "jti_hash"], []))
_USE = Row(
    ClientAssertion,
    {"client_id": "assertion_client", "jti_hash": "assertion", "expires_at": "assertion_until"},
)
_USED = exists(select(col(ClientAssertion.jti_hash))).where(
    col(ClientAssertion.client_id) == bindparam("assertion_client"),
    col(ClientAssertion.jti_hash) == bindparam("assertion"),
)
PURGE = Purge(ClientAssertion, by="expires_at")


async def record_use(tx: Transaction, use: AssertionUse) -> bool:
    """Record that an assertion was used; False when it had been before."""
    return (
        await tx.run(_RECORD, client_id=use.client_id, jti_hash=use.jti_hash, expires_at=use.expires_at) > 0
    )


def spent(use: AssertionUse) -> Spent:
    """An assertion, to be used up by the very statement that it allows."""
    names = "assertion_client", "assertion", "assertion_until"
    return Spent(_beside, dict(zip(names, (use.client_id, use.jti_hash, use.expires_at), strict=True)))


@cache
def _beside(series: Series) -> Series:
    return series.besides(_USE, unless=_USED)
