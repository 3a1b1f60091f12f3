"""What tests need of tokens and keys: reading them, breaking them, making assertions as an app would."""

import itertools
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from functools import cache
from typing import Any

import httpx
from joserfc import jws
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

from foundation.clock import FrozenClock, to_seconds
from foundation.ids import new_id
from idp.clients.assertion import ASSERTION_TYPE
from keys import making

_real_generate = making._generate


@cache
def _rsa_pool() -> Iterator[RSAKey]:
    return itertools.cycle([RSAKey.generate_key(2048) for _ in range(3)])


def quick_generate(slot: making.Slot, kid: str) -> Key:
    """A signing key as keys/making.py makes it, RSA material being taken from a small pool."""
    if slot.alg not in {"RS256", "PS256"}:
        return _real_generate(slot, kid)
    material = next(_rsa_pool()).as_dict(private=True)
    return RSAKey.import_key(material | {"kid": kid, "alg": slot.alg, "use": "sig"})


# --- reading and breaking -------------------------------------------------------------------------------


def b64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def header_of(jwt: str) -> dict[str, Any]:
    return json.loads(unb64(jwt.split(".", maxsplit=1)[0]))


def claims_of(jwt: str) -> dict[str, Any]:
    return json.loads(unb64(jwt.split(".")[1]))


def altered(text: str, position: int) -> str:
    """The same text with one character changed (for another of its alphabet)."""
    position %= len(text)
    other = "A" if text[position] != "A" else "B"
    return text[:position] + other + text[position + 1 :]


def refused(answer: httpx.Response, error: str, status: int = 400) -> dict[str, Any]:
    """Assert that an answer is our error of that code, with all that a developer needs; its body."""
    asked = getattr(answer.request, "_content", b"")[:400]  # a streamed one was not kept
    assert answer.status_code == status, (asked, answer.text)
    body: dict[str, Any] = answer.json()
    assert body["error"] == error, (asked, body)
    assert len(body["trace_id"]) == 32
    assert body["trace_id"] == answer.headers["x-trace-id"]
    assert body["error_uri"].endswith(f"/errors#{error}")
    assert body.get("error_description"), asked
    assert body.keys() == {"error", "error_description", "error_uri", "trace_id"}
    assert answer.headers["cache-control"] == "no-store"
    return body


# --- an app with keys -----------------------------------------------------------------------------------


def app_key(alg: str = "ES256", number: int = 1) -> Key:
    """A key pair of an app; the same one for the same arguments."""
    return _app_key(alg, number)


@cache
def _app_key(alg: str, number: int) -> Key:
    parameters: dict[str, Any] = {"kid": f"{alg}-{number}", "alg": alg, "use": "sig"}
    if alg == "ES256":
        return ECKey.generate_key("P-256", parameters)  # type: ignore[arg-type]  # a plain dict of parameters
    if alg == "EdDSA":
        return OKPKey.generate_key("Ed25519", parameters)  # type: ignore[arg-type]  # the same
    return RSAKey.generate_key(2048, parameters)  # type: ignore[arg-type]  # a plain dict of parameters


def public_jwks(*keys: Key) -> str:
    return json.dumps({"keys": [key.as_dict(private=False) for key in keys]})


def assertion_claims(client_id: str, audience: Any, clock: FrozenClock, **changed: Any) -> dict[str, Any]:
    """The claims of a good client assertion, with changes; a claim changed to None is left out."""
    now = to_seconds(clock.now())
    claims = {
        "iss": client_id,
        "sub": client_id,
        "aud": audience,
        "jti": new_id(clock.now()),
        "iat": now,
        "exp": now + 60,
    } | changed
    return {name: value for name, value in claims.items() if value is not None}


def signed(claims: dict[str, Any], key: Key, **header: Any) -> str:
    fields = {"alg": key.get("alg"), "kid": key.kid, "typ": "JWT"} | header
    return jws.serialize_compact(
        {name: value for name, value in fields.items() if value is not None},
        json.dumps(claims).encode(),
        key,
        algorithms=["ES256", "RS256", "PS256"],
    )


def handmade(header: dict[str, Any], claims: dict[str, Any], signature: bytes = b"") -> str:
    """A compact JWS that no library would make."""
    parts = (json.dumps(header).encode(), json.dumps(claims).encode(), signature)
    return ".".join(b64(part) for part in parts)


def asserting(assertion: str, **fields: str) -> dict[str, str]:
    """Form fields of a call authenticated by an assertion."""
    return {"client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion} | fields
