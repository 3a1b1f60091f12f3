"""id_token_hint (OpenID Connect Core section 3.1.2.1): one of our own ID tokens, possibly expired."""

from typing import Any, cast

import orjson
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, KeySetSerialization

from idp.context import Server

_LONGEST = 8192


def hinted_subject(server: Server, hint: str, client_id: str) -> str | None:
    """Whom the hint is about; None when it is not an ID token that we signed for this app.

    Its age does not matter: it says who is expected, and opens nothing.
    """
    if len(hint) > _LONGEST or not hint.isascii():
        return None
    keys = KeySet.import_key_set(cast(KeySetSerialization, server.ring.jwks("token", server.clock.now())))
    try:
        token = jws.deserialize_compact(hint, keys, algorithms=["ES256", "RS256"])
        claims: Any = orjson.loads(token.payload)
    except (JoseError, ValueError):
        return None
    if token.headers().get("typ") != "JWT" or "crit" in token.headers() or not isinstance(claims, dict):
        return None
    if claims.get("iss") != server.issuer or claims.get("aud") != client_id:
        return None
    subject = claims.get("sub")
    return subject if isinstance(subject, str) else None
