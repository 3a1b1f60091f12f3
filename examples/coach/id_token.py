"""The ID token, read by python-jose with what python-jose leaves open closed by us.

Left alone, python-jose 3.5 takes a token without `exp`, ignores `nonce`, ignores `crit` (RFC 7515 section
4.1.11 wants a refusal), and lets an odd claim escape as TypeError. The algorithm is pinned here, never read
from the token.
"""

import hmac
from collections.abc import Mapping
from typing import Any

from jose import jwt
from jose.exceptions import JOSEError

from examples.coach.discovery import ID_TOKEN_ALGORITHM, Jwk, Provider
from examples.coach.problems import SignInError

_LEEWAY_SECONDS = 60
_LONGEST = 16_000
_REQUIRED = ("iss", "sub", "aud", "exp", "iat", "at_hash")


async def verify_id_token(  # noqa: PLR0913  # each is one thing that the token must agree with
    token: str, *, provider: Provider, client_id: str, nonce: str | None, access_token: str, now: float
) -> Mapping[str, Any]:
    """The claims of an ID token that is for us, from our issuer, of this very sign-in, and not expired.

    token: compact JWS. nonce: the one we sent, None where a request has none (CIBA). now: seconds since 1970.
    Raises SignInError. Source: OpenID Connect Core 1.0 sections 3.1.3.7 and 3.1.3.6 (at_hash).
    """
    key = await _key_of(token, provider)
    issuer = (await provider.metadata()).issuer
    claims = _decoded(token, key, issuer=issuer, client_id=client_id, access_token=access_token)
    for problem, wrong in (
        ("a required claim is missing", any(name not in claims for name in _REQUIRED)),
        ("audience", not _only_for_us(claims, client_id)),
        ("nonce", nonce is not None and not _same(claims.get("nonce"), nonce)),
        ("expired", not _in_order(now - _LEEWAY_SECONDS, claims.get("exp"))),
        ("issued in the future", not _in_order(claims.get("iat"), now + _LEEWAY_SECONDS)),
        ("subject", not _is_subject(claims.get("sub"))),
    ):
        if wrong:
            raise SignInError(f"ID token: {problem}")
    return claims


async def _key_of(token: str, provider: Provider) -> Jwk:
    """The published key that the token names.

    The header is not trusted: it only picks among Accord's own keys.
    """
    if len(token) > _LONGEST:
        raise SignInError("ID token: too long")
    try:
        header = jwt.get_unverified_header(token)
    except (JOSEError, ValueError, RecursionError):
        raise SignInError("ID token: unreadable") from None
    if header.get("alg") != ID_TOKEN_ALGORITHM or "crit" in header or "b64" in header:
        raise SignInError("ID token: header")
    if header.get("typ", "JWT") not in {"JWT", "jwt"}:  # an access token or a logout token is no ID token
        raise SignInError("ID token: type")
    key_id = header.get("kid")
    key = await provider.key(key_id) if isinstance(key_id, str) else None
    if key is None:
        raise SignInError("ID token: unknown key")
    return key


def _decoded(token: str, key: Jwk, *, issuer: str, client_id: str, access_token: str) -> Mapping[str, Any]:
    try:
        claims: Mapping[str, Any] = jwt.decode(
            token,
            dict(key),
            algorithms=[ID_TOKEN_ALGORITHM],
            audience=client_id,
            issuer=issuer,
            access_token=access_token,
            options={
                "leeway": _LEEWAY_SECONDS,
                "require_exp": True,
                "require_iat": True,
                "require_iss": True,
                "require_aud": True,
                "require_sub": True,
                "require_at_hash": True,
            },
        )
    except (JOSEError, TypeError, ValueError, OverflowError, RecursionError):
        raise SignInError("ID token: refused") from None
    return claims


def _only_for_us(claims: Mapping[str, Any], client_id: str) -> bool:
    return claims.get("aud") in (client_id, [client_id]) and claims.get("azp", client_id) == client_id


def _same(given: object, expected: str) -> bool:
    return isinstance(given, str) and hmac.compare_digest(given.encode(), expected.encode())


def _in_order(earlier: object, later: object) -> bool:
    """Both are true numbers (no text, no NaN) and `earlier` <= `later`."""
    numbers = [value for value in (earlier, later) if type(value) in {int, float}]
    return len(numbers) == 2 and numbers[0] <= numbers[1]  # type: ignore[operator]  # types checked just above


def _is_subject(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 255 and value.isascii()
