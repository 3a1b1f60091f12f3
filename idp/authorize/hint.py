"""id_token_hint (OpenID Connect Core section 3.1.2.1): one of our own ID tokens, possibly expired."""

from typing import Any, cast

import orjson
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, KeySetSerialization

from idp.clients.members.tokens import SIGNING_ALGORITHMS
from idp.context import Server
from keys.verifying import verified

_LONGEST = 8192


def hinted_subject(server: Server, hint: str, client_id: str, profile: str = "") -> str | None:
    """Whom the hint is about; None when it is not an ID token that we signed for this app.

    Its age does not matter: it says who is expected, and opens nothing. profile: of the face it came from.
    """
    claims = hinted_claims(server, hint)
    if claims.get("iss") != server.face(profile).issuer or claims.get("aud") != client_id:
        return None
    subject = claims.get("sub")
    return subject if isinstance(subject, str) else None


def hinted_claims(server: Server, hint: str) -> dict[str, Any]:
    """What a hint says, for whomever it was signed; nothing when it is no ID token of ours."""
    if len(hint) > _LONGEST or not hint.isascii():
        return {}
    keys = KeySet.import_key_set(cast(KeySetSerialization, server.ring.jwks("token", server.clock.now())))
    try:
        token = verified(hint, keys, SIGNING_ALGORITHMS)
        claims: Any = orjson.loads(token.payload)
    except (JoseError, ValueError):
        return {}
    sound = token.headers().get("typ") == "JWT" and "crit" not in token.headers()
    return claims if sound and isinstance(claims, dict) else {}
