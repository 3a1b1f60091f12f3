"""A Security Event Token (RFC 8417) from Accord, read by python-jose; what it leaves open is closed by us.

It has no `exp`: a late one is still true. It is no ID token and no access token: its `typ` says so, and a
token of another type is refused.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from jose import jwt
from jose.exceptions import JOSEError

from examples.coach.discovery import ID_TOKEN_ALGORITHM, Jwk, Provider

SET_TYPE = "secevent+jwt"
_LONGEST = 16_000
_EVENTS_PATH = "/signals/events/"


class SetRefusedError(Exception):
    """The token is not one for us. error: a code of RFC 8935 section 2.4."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(f"{error}: {description}")
        self.error = error
        self.description = description


class Signal(NamedTuple):
    """What Accord tells. name: of the event, "" for one we do not know. subject: whom it is about, "" nobody.

    at: when it happened, in seconds since 1970. said: the event's own members.
    """

    jti: str
    name: str
    subject: str
    at: int
    said: Mapping[str, Any]


async def read_set(token: str, *, provider: Provider, client_id: str) -> Signal:
    """The event in a token that is for us and from our issuer.

    Raises SetRefusedError, and UnavailableError or BusyError when the keys cannot be fetched.
    """
    issuer = (await provider.metadata()).issuer
    key = await _key_of(token, provider)
    claims = _decoded(token, key, issuer=issuer, client_id=client_id)
    jti, at, events = claims.get("jti"), claims.get("toe", claims["iat"]), claims.get("events")
    if not isinstance(jti, str) or not 0 < len(jti) <= 255 or type(at) is not int:
        raise SetRefusedError("invalid_request", "jti or toe")
    if not isinstance(events, dict) or len(events) != 1:
        raise SetRefusedError("invalid_request", "one event is expected")
    ((uri, said),) = events.items()
    prefix = issuer + _EVENTS_PATH
    name = uri.removeprefix(prefix) if uri.startswith(prefix) else ""
    return Signal(jti, name, _subject(claims, issuer), at, said if isinstance(said, dict) else {})


async def _key_of(token: str, provider: Provider) -> Jwk:
    if len(token) > _LONGEST:
        raise SetRefusedError("invalid_request", "too long")
    try:
        header = jwt.get_unverified_header(token)
    except (JOSEError, ValueError, RecursionError):
        raise SetRefusedError("invalid_request", "unreadable") from None
    if header.get("alg") != ID_TOKEN_ALGORITHM or "crit" in header or "b64" in header:
        raise SetRefusedError("invalid_request", "header")
    if str(header.get("typ", "")).lower() not in {SET_TYPE, f"application/{SET_TYPE}"}:
        raise SetRefusedError("invalid_request", "type")
    key_id = header.get("kid")
    key = await provider.key(key_id) if isinstance(key_id, str) else None
    if key is None:
        raise SetRefusedError("invalid_key", "unknown key")
    return key


def _decoded(token: str, key: Jwk, *, issuer: str, client_id: str) -> Mapping[str, Any]:
    try:
        claims: Mapping[str, Any] = jwt.decode(
            token,
            dict(key),
            algorithms=[ID_TOKEN_ALGORITHM],
            audience=client_id,
            issuer=issuer,
            options={"require_iat": True, "require_iss": True, "require_aud": True, "require_jti": True},
        )
    except (JOSEError, TypeError, ValueError, OverflowError, RecursionError):
        raise SetRefusedError("invalid_request", "signature or claims") from None
    if claims.get("aud") not in (client_id, [client_id]):
        raise SetRefusedError("invalid_audience", "not for us alone")
    return claims


def _subject(claims: Mapping[str, Any], issuer: str) -> str:
    """The person, by the name that we know her by (RFC 9493 section 3.2.4)."""
    subject_id = claims.get("sub_id")
    if not isinstance(subject_id, dict) or subject_id.get("format") != "iss_sub":
        return ""
    subject = subject_id.get("sub")
    return subject if subject_id.get("iss") == issuer and isinstance(subject, str) else ""
