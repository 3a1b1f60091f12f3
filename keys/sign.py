"""Signing compact JWS (RFC 7515) with a ready key.

Signatures are joserfc's; the compact form is assembled here because the header of a key never changes:
its encoding is made once, and the payload goes through orjson (about half the cost of the general path).
"""

from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

import orjson
from joserfc import jws
from joserfc.jwk import Key

_ALGORITHMS = jws.JWSRegistry.algorithms


def b64url(data: bytes) -> str:
    """Base64url without padding (RFC 7515 section 2)."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass(frozen=True, slots=True, repr=False)
class Signer:
    """One private key ready to sign with its own algorithm.

    kid: published name of the key. alg: JOSE name, fixed by the key and never by a message.
    """

    kid: str
    alg: str
    key: Key
    _headers: dict[str, bytes] = field(default_factory=dict)

    def sign(self, typ: str, claims: dict[str, Any]) -> str:
        """A compact JWS over the JSON of `claims`, with `typ` in its header (RFC 8725 section 3.11)."""
        header = self._headers.get(typ)
        if header is None:
            fields = orjson.dumps({"alg": self.alg, "kid": self.kid, "typ": typ})
            header = self._headers[typ] = urlsafe_b64encode(fields).rstrip(b"=") + b"."
        signing_input = header + urlsafe_b64encode(orjson.dumps(claims)).rstrip(b"=")
        signature = _ALGORITHMS[self.alg].sign(signing_input, self.key)
        return (signing_input + b"." + urlsafe_b64encode(signature).rstrip(b"=")).decode()
