"""A DPoP proof: read once, and true or refused (RFC 9449 sections 4.2, 4.3). Pure: no state, no request."""

import hashlib
import json
from functools import lru_cache
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature

from foundation.clock import SECOND
from idp.dpop.jwk import ProofKey, read_jwk, unb64url
from idp.dpop.uri import same_place
from keys.sign import b64url

ALGORITHMS = ("ES256", "EdDSA", "Ed25519", "PS256", "RS256")
LONGEST = 4096  # characters: an RSA key of 4096 bits, its signature and long addresses fit
OLDEST, NEWEST = 120, 30  # seconds by which `iat` may lie before and after our own time
_JTI_LONGEST = 256
_KEPT = (OLDEST + 60) * SECOND  # after `iat`: how long a used proof is remembered, whichever node's clock


class ProofError(ValueError):
    """Why a proof is none, for the developer of the app."""


class Call(NamedTuple):
    """What a proof has to be about. url: as the app calls us. token: the access token beside it, if any."""

    method: str
    url: str
    token: str | None = None


class Proof(NamedTuple):
    """A proof that holds. use: what its single use is remembered by, until `expires_at` (microseconds)."""

    jkt: str
    alg: str
    nonce: str | None
    use: bytes
    expires_at: int


def read_proof(text: str, call: Call, now: int) -> Proof:
    """A proof of what was called, at `now` (microseconds).

    Raises ProofError. Still to do by the caller: the nonce, the key that was expected, the single use.
    """
    parts = text.split(".")
    if len(text) > LONGEST or not text.isascii() or len(parts) != 3:
        raise ProofError(f"a proof is a compact JWS of {LONGEST} characters at most")
    key, alg = _head(parts[0])
    try:
        key.verifiers[alg](text.rpartition(".")[0].encode(), unb64url(parts[2]))
    except (InvalidSignature, ValueError):
        raise ProofError("the signature is not by the key in jwk") from None
    claims = _decoded(parts[1])
    issued_at = _in_time(claims, now // SECOND)
    _about(claims, call)
    return Proof(key.jkt, alg, _nonce(claims), _use(key, claims), int(issued_at) * SECOND + _KEPT)


def _decoded(part: str) -> dict[str, Any]:
    """The JSON object in a part: no member twice, no number that is none."""
    try:
        found = _JSON.decode(unb64url(part).decode("utf-8"))
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise ProofError("a part is not a JSON object, or names a member twice")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member twice")
    return members


def _no_number(text: str) -> None:
    raise ValueError(text)


_JSON = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_no_number)


@lru_cache(maxsize=1024)
def _head(part: str) -> tuple[ProofKey, str]:
    """The key of a header, and by which algorithm it signs: an app's proofs all begin with the same text."""
    header = _decoded(part)
    return _key(header), header["alg"]


def _key(header: dict[str, Any]) -> ProofKey:
    """RFC 9449 section 4.3, points 4 to 7; nothing of the header but this is believed."""
    if header.get("typ") != "dpop+jwt":
        raise ProofError("typ is dpop+jwt")
    if "crit" in header or "b64" in header:
        raise ProofError("no extension of JWS is understood here")
    if header.get("alg") not in ALGORITHMS:
        raise ProofError(f"alg is one of {' '.join(ALGORITHMS)}")
    jwk = header.get("jwk")
    try:
        key = read_jwk(jwk)
    except ValueError:
        raise ProofError("jwk is one public key of a kind that is taken, and nothing private") from None
    if header["alg"] not in key.verifiers or (isinstance(jwk, dict) and not _agrees(jwk, header["alg"])):
        raise ProofError("alg is not one of the key in jwk")
    return key


def _agrees(jwk: dict[str, Any], alg: str) -> bool:
    """Whether a key that names its algorithm names this one (RFC 7517 section 4.4)."""
    return bool(jwk.get("alg", alg) == alg)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _in_time(claims: dict[str, Any], seconds: int) -> float:
    """`iat`, which lies within what we take; a proof that names an end or a beginning keeps to it."""
    times = [claims.get("iat"), claims.get("exp", seconds + 1), claims.get("nbf", seconds)]
    if not all(_is_number(time) for time in times):
        raise ProofError("iat is missing, or a time is not a number")
    issued, expires, not_before = times
    if not seconds - OLDEST <= issued <= seconds + NEWEST:
        raise ProofError(f"iat is not within the last {OLDEST} seconds: make a fresh proof for each call")
    if expires <= seconds or not_before > seconds + NEWEST:
        raise ProofError("the proof is not valid now")
    return float(issued)


def _about(claims: dict[str, Any], call: Call) -> None:
    if claims.get("htm") != call.method:
        raise ProofError("htm is not the method of this call")
    place = claims.get("htu")
    if place != call.url and not (isinstance(place, str) and same_place(place, call.url)):
        raise ProofError("htu is not the address of this call, without its query")
    if call.token is not None and claims.get("ath") != ath_of(call.token):
        raise ProofError("ath is not the hash of the access token")


def ath_of(token: str) -> str:
    """RFC 9449 section 4.2: the SHA-256 of an access token's text."""
    return b64url(hashlib.sha256(token.encode()).digest())


def _nonce(claims: dict[str, Any]) -> str | None:
    nonce = claims.get("nonce")
    if nonce is not None and not isinstance(nonce, str):
        raise ProofError("nonce is not a text")
    return nonce


def _use(key: ProofKey, claims: dict[str, Any]) -> bytes:
    """`jti` under its key: no other key's proof can spend it."""
    jti = claims.get("jti")
    if not isinstance(jti, str) or not 0 < len(jti) <= _JTI_LONGEST:
        raise ProofError(f"jti is missing, or longer than {_JTI_LONGEST} characters")
    return hashlib.blake2b(f"{key.jkt}.{jti}".encode("utf-8", "surrogatepass"), digest_size=16).digest()
