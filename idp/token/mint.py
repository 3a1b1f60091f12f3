"""What tokens say: access tokens (RFC 9068) and ID tokens (OpenID Connect Core section 2)."""

from typing import Any, NamedTuple

from foundation.clock import SECOND, to_seconds
from foundation.ids import new_id
from idp.details.limits import UNBOUND, Opened
from idp.token.binding import Binding
from keys.sign import Signer
from keys.signing import Draft, half_hash

ACCESS_TOKEN_TYP = "at+jwt"  # noqa: S105  # a media type, RFC 9068 section 2.1
ID_TOKEN_TYP = "JWT"  # noqa: S105  # a media type


class Minted(NamedTuple):
    """An access token about to be signed, and what its row needs. Times in microseconds.

    names: its scopes in the catalogue's words, for the ledger. opened: where details narrowed it.
    binding: the key it is bound to, None for a bearer token. text: it whole, where it is no JWT.
    """

    draft: Draft
    id: str
    scope: str
    issued_at: int
    expires_at: int
    names: str
    opened: Opened
    binding: Binding | None = None
    text: str | None = None


class AccessClaims(NamedTuple):
    """What an access token is about. expires_at: microseconds; grant_id: None for an app on its own.

    names: of its scopes in the ledger, None for as they are. opened: where details
    narrowed it. act: who acts, and for whom (RFC 8693 section 4.1).
    """

    issuer: str
    audience: str
    subject: str
    client_id: str
    scope: str
    expires_at: int
    grant_id: str | None
    names: str | None = None
    opened: Opened = UNBOUND
    binding: Binding | None = None
    act: dict[str, Any] | None = None


def mint_access_token(signer: Signer, claims: AccessClaims, now: int) -> Minted:
    """An access token, new at each call."""
    jti = new_id(now)
    body: dict[str, Any] = {
        "jti": jti,
        "iss": claims.issuer,
        "aud": claims.audience,
        "sub": claims.subject,
        "client_id": claims.client_id,
        "scope": claims.scope,
        "iat": to_seconds(now),
        "exp": to_seconds(claims.expires_at),
    }
    if claims.grant_id is not None:
        body["grant_id"] = claims.grant_id
    if claims.opened.granted is not None:
        body["authorization_details"] = claims.opened.granted  # RFC 9396 section 9.1
    if claims.binding is not None:
        body["cnf"] = claims.binding.cnf
    if claims.act is not None:
        body["act"] = claims.act
    names = claims.scope if claims.names is None else claims.names
    draft = Draft(signer, ACCESS_TOKEN_TYP, body)
    return Minted(draft, jti, claims.scope, now, claims.expires_at, names, claims.opened, claims.binding)


class IdClaims(NamedTuple):
    """What an ID token says of a sign-in. auth_time is in microseconds.

    sid: what the app knows the session by (idp/clients/sids.py); None for no session of a browser's.
    """

    issuer: str
    subject: str
    client_id: str
    auth_time: int
    nonce: str | None
    sid: str | None
    acr: str | None = None
    seconds: int = 300  # how long it is valid
    beside: str | None = None  # the access token that it is bound to, where nothing signs that


def mint_id_token(signer: Signer, claims: IdClaims, now: int) -> Draft:
    """An ID token bound to the access token signed before it (`at_hash`, Core section 3.1.3.6)."""
    body: dict[str, Any] = {
        "iss": claims.issuer,
        "sub": claims.subject,
        "aud": claims.client_id,
        "iat": to_seconds(now),
        "exp": to_seconds(now + claims.seconds * SECOND),
        "auth_time": to_seconds(claims.auth_time),
    }
    if claims.sid is not None:
        body["sid"] = claims.sid
    if claims.acr is not None:
        body["acr"] = claims.acr
    if claims.nonce is not None:
        body["nonce"] = claims.nonce
    if claims.beside is not None:
        body["at_hash"] = half_hash(claims.beside, signer.alg)
        return Draft(signer, ID_TOKEN_TYP, body)
    return Draft(signer, ID_TOKEN_TYP, body, bound_by="at_hash")
