"""Signed request objects (RFC 9101; OpenID Connect Core section 6): from hostile text to parameters.

Pure: no row, no network. What an object says is all that is asked; parameters beside it count for nothing.
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from idp.authorize.checks import Refusal
from idp.authorize.request import PARAMETERS, REPEATABLE
from idp.clients.assertion import ALGORITHMS
from idp.clients.metadata import ClientMetadata
from idp.fapi import rules as fapi
from keys.verifying import verified

TYP = "oauth-authz-req+jwt"  # RFC 9101 section 10.8
LONGEST = 32_768  # characters
_TYPES = {"", "jwt", TYP}  # OpenID Connect asks for none
_MOST_SECONDS = 3600  # FAPI 2.0 Message Signing section 5.3.1: of its life, and since it began
_SKEW_SECONDS = 30
_JSON_PARAMETERS = {"claims", "authorization_details"}  # objects there, text in a query
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")

Parameters = Mapping[str, list[str]]


class Reader(NamedTuple):
    """Who reads: for which app, as which issuer. seconds: of the clock. names: of what is read."""

    client_id: str
    metadata: ClientMetadata
    issuer: str
    seconds: int
    names: tuple[str, ...] = PARAMETERS


def key_named(text: str) -> str | None:
    """The key that an object claims to be signed with; None for none, and for what is no object."""
    if len(text) > LONGEST or not text.isascii():
        return None
    try:
        kid = jws.extract_compact(text.encode()).headers().get("kid")
    except (JoseError, ValueError):
        return None
    return kid if isinstance(kid, str) else None


def read_object(text: str, keys: KeySet | None, reader: Reader) -> Parameters | Refusal:
    """The parameters in an object that this app signed for us, or why it cannot be believed."""
    claims = _proved(text, keys, reader.metadata)
    if isinstance(claims, Refusal):
        return claims
    problem = _wrong_name(claims, reader) or _wrong_time(claims, reader) or _wrong_content(claims)
    return _invalid(problem) if problem else _parameters(claims, reader.names)


def _invalid(problem: str) -> Refusal:
    return Refusal("invalid_request_object", f"The request object cannot be taken: {problem}.")


def _proved(text: str, keys: KeySet | None, metadata: ClientMetadata) -> dict[str, Any] | Refusal:
    if len(text) > LONGEST or not text.isascii():
        return _invalid(f"it is longer than {LONGEST} characters, or not ASCII")
    if keys is None:
        return _invalid("no public key of this application is known here")
    pinned = metadata.request_object_signing_alg
    taken = [pinned] if pinned else list(fapi.algorithms_of(metadata, ALGORITHMS))
    try:
        # The algorithm is ours to say: its own header chooses among those alone.
        proved = verified(text, keys, taken)
        claims: Any = orjson.loads(proved.payload)
    except (JoseError, ValueError):
        named = ", ".join(taken)
        return _invalid(f"it is not signed by a registered key of this application with {named}")
    header = proved.headers()
    typ = str(header.get("typ", "")).lower().removeprefix("application/")
    if typ not in _TYPES or "crit" in header or not isinstance(claims, dict):
        return _invalid(f"its typ is {TYP}, and its header asks for nothing critical")
    missing = [name for name in _required(typ, metadata) if name not in claims]
    return _invalid(f"{missing[0]} is missing") if missing else claims


def _required(typ: str, metadata: ClientMetadata) -> tuple[str, ...]:
    """Times that have to be there: FAPI 2.0 Message Signing section 5.3.1; OpenID Connect asks for none."""
    if metadata.require_signed_request_object:
        return ("exp", "nbf")
    return ("exp",) if typ == TYP else ()


def _wrong_name(claims: dict[str, Any], reader: Reader) -> str:
    """Whose it is, and for whom. One that is about the app itself is a client assertion (RFC 9101 10.8)."""
    audience = claims.get("aud")
    if claims.get("iss") != reader.client_id or claims.get("client_id", reader.client_id) != reader.client_id:
        return "iss and client_id are this application's client_id"
    if claims.get("sub") == reader.client_id:
        return "sub is not the application's client_id"
    if reader.issuer not in (audience if isinstance(audience, list) else [audience]):
        return "aud is this issuer"
    return ""


def _wrong_time(claims: dict[str, Any], reader: Reader) -> str:
    now = reader.seconds
    times = {name: claims.get(name, now) for name in ("exp", "nbf", "iat")}
    if not all(isinstance(one, int | float) and not isinstance(one, bool) for one in times.values()):
        return "exp, nbf and iat are numbers of seconds"
    latest = min(now + _SKEW_SECONDS, claims.get("nbf", now + _SKEW_SECONDS)) + _MOST_SECONDS
    if not now - _SKEW_SECONDS < times["exp"] <= latest:
        return "it has expired, or lasts for more than an hour"
    begins = max(times["nbf"], times["iat"])
    if begins > now + _SKEW_SECONDS or times["nbf"] < now - _MOST_SECONDS:
        return "it is not valid yet, or began more than an hour ago"
    return ""


def _wrong_content(claims: dict[str, Any]) -> str:
    """An object in an object would be read by nobody (RFC 9101 section 4)."""
    nested = [name for name in ("request", "request_uri") if name in claims]
    return f"it holds {nested[0]}" if nested else ""


def _parameters(claims: dict[str, Any], names: tuple[str, ...]) -> Parameters | Refusal:
    found: dict[str, list[str]] = {}
    for name in names:
        if name not in claims:
            continue
        values = [_text(name, value) for value in _each(name, claims[name])]
        if any(value is None or _CONTROL.search(value) for value in values):
            return _invalid(f"{name} is not what it is in a query")
        found[name] = [value for value in values if value]
    return found


def _each(name: str, value: object) -> list[object]:
    return value if name in REPEATABLE and isinstance(value, list) else [value]


def _text(name: str, value: object) -> str | None:
    """A parameter as a query has it; None for what none could hold."""
    if isinstance(value, str):
        return value
    if name in _JSON_PARAMETERS and isinstance(value, dict | list):
        return orjson.dumps(value).decode()
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None
