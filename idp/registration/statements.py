"""Software statements (RFC 7591 section 2.3): what somebody that the operator trusts says of an app, signed.

What it says stands in the place of what the app says itself. It approves no scope: an administrator does.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from foundation.clock import to_seconds
from foundation.errors import AccordError, SettingsError
from idp.clients.assertion import ALGORITHMS
from idp.clients.jwks import read_jwks
from idp.registration.members import HUMAN, MEMBERS
from keys.verifying import verified

LONGEST = 16_384
MEMBER = "software_statement"
_TYPES = (None, "JWT", "jwt", "software-statement+jwt")  # one of any other kind is for somebody else
_SKEW_SECONDS = 30
# Beyond the members of a registration, what a statement may say.
_BESIDES = {"scope", "response_types"}

Issuers = Mapping[str, KeySet]


def read_issuers(path: Path | None) -> Issuers:
    """Whose statements count, with their keys. Raises SettingsError."""
    if path is None:
        return {}
    try:
        said = orjson.loads(path.read_bytes())
        return {issuer: read_jwks(orjson.dumps(keys).decode()) for issuer, keys in said.items()}
    except (OSError, ValueError, AttributeError) as error:
        raise SettingsError(
            f"ACCORD_SOFTWARE_STATEMENT_ISSUERS is a JSON file with a JWK Set for each issuer: {error}"
        ) from None


def merged(said: Mapping[str, Any], issuers: Issuers, audience: str, now: int) -> dict[str, Any]:
    """What an app says, with what its statement says in its place; the same where it brings none.

    audience: our issuer. now: microseconds.
    Raises AccordError `invalid_software_statement` or `unapproved_software_statement`.
    """
    text = said.get(MEMBER)
    if text is None:
        return dict(said)
    if not isinstance(text, str) or len(text) > LONGEST or not text.isascii():
        raise _invalid("it is a JWT of at most 16 kB")
    claims = _proved(text, issuers)
    _check_claims(claims, audience, to_seconds(now))
    return {**said, **{name: value for name, value in claims.items() if _counts(name)}}


def issuer_of(text: str) -> str:
    """Whose word a statement was that was taken here before."""
    return str(orjson.loads(jws.extract_compact(text.encode()).payload)["iss"])


def _counts(name: str) -> bool:
    base = name.partition("#")[0]
    return name in MEMBERS or name in _BESIDES or base in HUMAN


def _invalid(problem: str) -> AccordError:
    return AccordError("invalid_software_statement", f"The software statement cannot be taken: {problem}.")


def _proved(text: str, issuers: Issuers) -> dict[str, Any]:
    """Its claims, once the issuer that they name has signed them."""
    try:
        unverified = jws.extract_compact(text.encode())
        claims = orjson.loads(unverified.payload)
    except (JoseError, ValueError):
        raise _invalid("it is no signed JWT") from None
    if not isinstance(claims, dict) or not isinstance(claims.get("iss"), str):
        raise _invalid("it names no issuer")
    keys = issuers.get(claims["iss"])
    if keys is None:
        raise AccordError(
            "unapproved_software_statement", "The issuer of this software statement is not approved here."
        )
    header = unverified.headers()
    if header.get("typ") not in _TYPES or "crit" in header:
        raise _invalid("it is a JWT of another kind")
    try:
        # The algorithm is ours to say, and none of them is symmetric.
        verified(text, keys, ALGORITHMS)
    except (JoseError, ValueError):
        raise _invalid("its signature is not of its issuer") from None
    return claims


def _check_claims(claims: Mapping[str, Any], audience: str, seconds: int) -> None:
    times = {name: claims[name] for name in ("exp", "nbf", "iat") if name in claims}
    if any(isinstance(time, bool) or not isinstance(time, int | float) for time in times.values()):
        raise _invalid("its times are numbers of seconds")
    if "exp" not in times or times["exp"] <= seconds - _SKEW_SECONDS:
        raise _invalid("it has expired, or does not say when it does")
    if any(times.get(name, seconds) > seconds + _SKEW_SECONDS for name in ("nbf", "iat")):
        raise _invalid("it is not valid yet")
    named = claims.get("aud", audience)
    if named != audience and not (isinstance(named, list) and audience in named):
        raise _invalid("it is for another server")
    if MEMBER in claims:
        raise _invalid("a statement holds no statement")
