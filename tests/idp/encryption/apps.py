"""An app that has its answers signed and encrypted, and how it opens them."""

import json
import warnings
from functools import cache
from typing import Any

import httpx
from joserfc import jwe, jws
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey, Key, KeySet, OKPKey, RSAKey

from idp.clients.members.encrypting import CONTENT_ALGORITHMS, KEY_ALGORITHMS
from tests.idp.support import World, add_app
from tests.idp.tokens import public_jwks

PAIRS = [(alg, "A128CBC-HS256") for alg in KEY_ALGORITHMS] + [("ECDH-ES", enc) for enc in CONTENT_ALGORITHMS]
APP_GRANTS = ("authorization_code", "refresh_token", "client_credentials")


def opening_key(kind: str, number: int = 1, *, kid: bool = True) -> Key:
    """The app's own pair for encryption; the same one for the same arguments."""
    return _opening_key(kind, number, kid=kid)


@cache
def _opening_key(kind: str, number: int, *, kid: bool) -> Key:
    parameters: Any = {"use": "enc"} | ({"kid": f"enc-{kind}-{number}"} if kid else {})
    if kind == "RSA":
        return RSAKey.generate_key(2048, parameters)
    if kind == "X25519":
        return OKPKey.generate_key(kind, parameters)
    return ECKey.generate_key("P-256" if kind == "EC" else kind, parameters)


def key_for(alg: str, number: int = 1) -> Key:
    return opening_key("RSA" if alg.startswith("RSA") else "EC", number)


async def enclosing_app(world: World, client_id: str, **metadata: Any) -> World:
    """The world as an app sees it that registered so, with keys of both kinds for encryption."""
    given = {"jwks": public_jwks(opening_key("EC"), opening_key("RSA"))} | metadata
    return world.of(await add_app(world.server, client_id, "s", grant_types=APP_GRANTS, **given), "s")


async def granted(app: World) -> dict[str, Any]:
    """She agrees, and the app redeems its code."""
    await app.grant(app.client)
    answer = await app.redeem(await app.code(app.client))
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def opened(text: str, key: Key, alg: str, enc: str) -> tuple[dict[str, Any], bytes]:
    """The header of an envelope, and what was in it."""
    found = jwe.decrypt_compact(text, key, algorithms=[alg, enc])
    assert found.plaintext is not None
    return dict(found.headers()), found.plaintext


async def verified(
    http: httpx.AsyncClient, text: str | bytes, alg: str = "ES256"
) -> tuple[dict[str, Any], Any]:
    """Header and claims of what the server signed."""
    keys = KeySet.import_key_set((await http.get("/jwks")).json())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SecurityWarning)  # EdDSA is what metadata call Ed25519
        token = jws.deserialize_compact(text, keys, algorithms=[alg])
    return token.headers(), json.loads(token.payload)
