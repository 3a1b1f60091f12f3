"""Signing compact JWS (RFC 7515) with a ready key.

The compact form is assembled here because the header of a key never changes: its encoding is made once, and
the payload goes through orjson (about half the cost of the general path).
"""

from base64 import urlsafe_b64decode
from binascii import b2a_base64
from collections.abc import Callable
from dataclasses import InitVar, dataclass, field
from functools import partial
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc import jws
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

from foundation.errors import AccordError

_ALGORITHMS = jws.JWSRegistry.algorithms
_ES256 = ECDSA(SHA256())


# The standard library's urlsafe_b64encode is three calls around this one.
_URL_SAFE = bytes.maketrans(b"+/", b"-_")


_IMPORTERS: dict[str, Any] = {"EC": ECKey, "RSA": RSAKey, "OKP": OKPKey}


def import_key(jwk: dict[str, Any]) -> Key:
    """The key of a JWK of ours (RFC 7517)."""
    key: Key = _IMPORTERS[jwk["kty"]].import_key(jwk)
    return key


def _b64url(data: bytes) -> bytes:
    return b2a_base64(data, newline=False).translate(_URL_SAFE, b"=")


def b64url(data: bytes) -> str:
    """Base64url without padding (RFC 7515 section 2)."""
    return b2a_base64(data, newline=False).translate(_URL_SAFE, b"=").decode()


def unb64url(text: str) -> bytes:
    """What `b64url` was given."""
    return urlsafe_b64decode(text + "==")


class SignerUnavailableError(AccordError):
    """What holds a private key does not answer: nothing is signed with another in its place."""

    def __init__(self, detail: str) -> None:
        super().__init__(
            "temporarily_unavailable",
            "The service cannot sign this right now. Nothing was changed; try again in a moment.",
            status=503,
            detail=detail,
            headers={"Retry-After": "2"},
        )


SigningFunction = Callable[[bytes], bytes]


def _signing_function(alg: str, key: Key | None) -> SigningFunction:
    """What signs with `key`. The checks that cannot change from one signature to the next are made here."""
    if key is None:
        return _elsewhere
    private = key.private_key
    if alg != "ES256" or not isinstance(private, EllipticCurvePrivateKey):
        return partial(_ALGORITHMS[alg].sign, key=key)
    sign = private.sign

    def es256(message: bytes) -> bytes:
        # RFC 7518 section 3.4: R and S as 32 bytes each. The general path makes its objects anew each time
        # and costs half as much again.
        r, s = decode_dss_signature(sign(message, _ES256))
        return r.to_bytes(32) + s.to_bytes(32)

    return es256


def _elsewhere(_message: bytes) -> bytes:
    raise SignerUnavailableError("the key is in a PKCS#11 module, which this process does not reach")


@dataclass(frozen=True, slots=True, repr=False)
class Signer:
    """One private key ready to sign with its own algorithm.

    kid: published name of the key. alg: JOSE name, fixed by the key and never by a message. key: None where a
    PKCS#11 module has it; `by` is then what signs, in the process that reaches the module.
    """

    kid: str
    alg: str
    key: Key | None
    by: InitVar[SigningFunction | None] = None
    _headers: dict[str, bytes] = field(default_factory=dict)
    _sign: SigningFunction = field(init=False)

    def __post_init__(self, by: SigningFunction | None) -> None:
        object.__setattr__(self, "_sign", by or _signing_function(self.alg, self.key))

    def sign(self, typ: str, claims: dict[str, Any]) -> str:
        """A compact JWS over the JSON of `claims`, with `typ` in its header (RFC 8725 section 3.11)."""
        signing_input = self._input(typ, claims)
        return (signing_input + b"." + _b64url(self._sign(signing_input))).decode()

    def unsigned(self, typ: str, claims: dict[str, Any]) -> str:
        """What `sign` gives, with nothing after its last dot."""
        return self._input(typ, claims).decode() + "."

    def sign_text(self, text: str) -> str:
        """The signature of a text that is no JWS, base64url."""
        return b64url(self._sign(text.encode()))

    def _input(self, typ: str, claims: dict[str, Any]) -> bytes:
        header = self._headers.get(typ)
        if header is None:
            fields = orjson.dumps({"alg": self.alg, "kid": self.kid, "typ": typ})
            header = self._headers[typ] = _b64url(fields) + b"."
        return header + _b64url(orjson.dumps(claims))
