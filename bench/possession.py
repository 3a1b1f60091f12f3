"""Proofs of possession as an app makes them (RFC 9449), with a key of any kind that Accord takes."""

import json
import secrets
from collections.abc import Callable
from typing import Any, NamedTuple

from joserfc import jws
from joserfc.jwk import ECKey, OKPKey, RSAKey

from idp.dpop.proof import ath_of
from keys.sign import b64url

KINDS: dict[str, tuple[Callable[[], Any], tuple[str, ...]]] = {
    "ES256": (lambda: ECKey.generate_key("P-256"), ("kty", "crv", "x", "y")),
    "EdDSA": (lambda: OKPKey.generate_key("Ed25519"), ("kty", "crv", "x")),
    "RS256": (lambda: RSAKey.generate_key(2048), ("kty", "e", "n")),
    "PS256": (lambda: RSAKey.generate_key(2048), ("kty", "e", "n")),
}


class Key(NamedTuple):
    """What signs, and the header that shows it: a part of a JWS, encoded."""

    sign: Any
    header: str


def new_key(alg: str) -> Key:
    """A key for one of KINDS."""
    make, members = KINDS[alg]
    key = make()
    public = key.as_dict(private=False)
    header = {"typ": "dpop+jwt", "alg": alg, "jwk": {name: public[name] for name in members}}
    algorithm = jws.JWSRegistry.algorithms[alg]
    return Key(lambda text: algorithm.sign(text, key), b64url(json.dumps(header).encode()))


def make_proof(  # noqa: PLR0913  # what a proof says
    key: Key, method: str, url: str, seconds: int, *, nonce: str = "", token: str = ""
) -> str:
    """A proof of that call at `seconds` since 1970, beside an access token if there is one."""
    claims = {"jti": secrets.token_urlsafe(16), "htm": method, "htu": url, "iat": seconds}
    claims |= ({"nonce": nonce} if nonce else {}) | ({"ath": ath_of(token)} if token else {})
    signed = f"{key.header}.{b64url(json.dumps(claims).encode())}"
    return f"{signed}.{b64url(key.sign(signed.encode()))}"
