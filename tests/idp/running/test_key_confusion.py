"""Key confusion (HOSTILE.md, JOSE): a token is what its key, algorithm, type and purpose say together."""

import hmac
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc.jwk import ECKey
from sqlalchemy import update

from foundation.clock import to_seconds
from foundation.statements import Write
from idp.authorize.hint import hinted_claims
from idp.clients.members.tokens import SIGNING_ALGORITHMS
from idp.token.tables import AccessToken
from keys.seal import keyed_hash
from keys.sign import Signer
from tests.idp.support import ISSUER, World
from tests.idp.tokens import app_key, b64, claims_of, handmade, header_of

_SPKI = PublicFormat.SubjectPublicKeyInfo
pytestmark = pytest.mark.filterwarnings("ignore:EdDSA is deprecated")  # as a name (RFC 9864)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One engine is enough: what is read of a text does not depend on it."""
    return sqlite_url


async def opens(world: World, text: str) -> bool:
    """Whether a text opens anything of ours: data, or a person's session by a hint."""
    read = (await world.read("/v1/me", text)).status_code
    return read == 200 or bool(hinted_claims(world.server, text))


def published(world: World, alg: str) -> dict[str, Any]:
    keys = world.server.ring.jwks("token", world.clock.now())["keys"]
    return next(key for key in keys if key["alg"] == alg)


def compact(header: dict[str, Any], claims: dict[str, Any]) -> str:
    """What is signed (RFC 7515 section 5.1)."""
    return ".".join(b64(json.dumps(part).encode()) for part in (header, claims))


def good_claims(world: World, token: str) -> dict[str, Any]:
    now = to_seconds(world.clock.now())
    return claims_of(token) | {"iss": ISSUER, "exp": now + 600}


@pytest.mark.parametrize("alg", SIGNING_ALGORITHMS)
async def test_a_public_key_is_no_secret_of_hs256(world: World, alg: str) -> None:
    tokens, signer = await world.tokens(), world.server.ring.signer("token", alg)
    assert signer.key is not None
    public = signer.key.public_key
    forms = [public.public_bytes(coding, _SPKI) for coding in (Encoding.PEM, Encoding.DER)]
    for secret in (*forms, json.dumps(published(world, alg)).encode()):
        for name in ("access_token", "id_token"):
            header = {"alg": "HS256", "kid": signer.kid, "typ": header_of(tokens[name])["typ"]}
            text = compact(header, good_claims(world, tokens[name]))
            # By hand: no library takes a public key for a secret any more.
            assert not await opens(world, f"{text}.{b64(hmac.digest(secret, text.encode(), 'sha256'))}")


@pytest.mark.parametrize("alg", ["none", "None", "nOnE", "", "HS256", "RS512", "ES512", "Ed448"])
async def test_no_algorithm_that_we_do_not_sign_with_is_read(world: World, alg: str) -> None:
    tokens = await world.tokens()
    for name in ("access_token", "id_token"):
        header = header_of(tokens[name]) | {"alg": alg}
        signature = tokens[name].rpartition(".")[2]
        _, body, _ = tokens[name].split(".")
        assert not await opens(world, handmade(header, good_claims(world, tokens[name])))
        assert not await opens(world, f"{b64(json.dumps(header).encode())}.{body}.{signature}")


@pytest.mark.parametrize("purpose", ["receipt", "ledger"])
async def test_a_key_of_another_purpose_signs_no_token(world: World, purpose: str) -> None:
    tokens = await world.tokens()
    alg = "ES256" if purpose == "receipt" else "EdDSA"
    signer = world.server.ring.signer(purpose, alg)
    assert signer.key is not None
    token_kid = published(world, alg)["kid"]
    for name in ("access_token", "id_token"):
        claims, typ = good_claims(world, tokens[name]), header_of(tokens[name])["typ"]
        assert not await opens(world, signer.sign(typ, claims))
        # The same key under the name of one that signs tokens.
        assert not await opens(world, Signer(token_kid, alg, signer.key).sign(typ, claims))


async def test_a_token_key_signs_no_receipt(world: World) -> None:
    archive = {key["kid"] for key in (await world.http.get("/receipts/jwks")).json()["keys"]}
    tokens = {key["kid"] for key in (await world.http.get("/jwks")).json()["keys"]}
    assert not archive & tokens


@pytest.mark.parametrize("member", ["jwk", "jku", "x5u", "x5c", "x5t"])
async def test_a_key_in_a_header_is_not_looked_at(world: World, member: str) -> None:
    tokens = await world.tokens()
    stranger = app_key()
    assert isinstance(stranger, ECKey)
    given = {
        "jwk": stranger.as_dict(private=False),
        "jku": "https://evil.example/jwks",
        "x5u": "https://evil.example/cert.pem",
        "x5c": [b64(stranger.public_key.public_bytes(Encoding.DER, _SPKI))],
        "x5t": "x" * 27,
    }[member]
    for name in ("access_token", "id_token"):
        for kid in (header_of(tokens[name])["kid"], stranger.kid, None):
            header = header_of(tokens[name]) | {member: given}
            header = {k: v for k, v in (header | {"kid": kid}).items() if v is not None}
            head, body = (
                b64(json.dumps(part).encode()) for part in (header, good_claims(world, tokens[name]))
            )
            signature = Signer("x", "ES256", stranger)._sign(f"{head}.{body}".encode())
            assert not await opens(world, f"{head}.{body}.{b64(signature)}")


@pytest.mark.parametrize("kid", ["../../etc/passwd", "' OR 1=1 --", "\x00", "", "é", "a" * 5000, 7, None, []])
async def test_a_kid_that_names_nothing_opens_nothing(world: World, kid: Any) -> None:
    tokens = await world.tokens()
    for name in ("access_token", "id_token"):
        header = header_of(tokens[name]) | {"kid": kid}
        assert not await opens(world, handmade(header, good_claims(world, tokens[name]), b"s" * 64))


@pytest.mark.parametrize("alg", SIGNING_ALGORITHMS)
async def test_a_kid_of_one_algorithm_is_no_key_of_another(world: World, alg: str) -> None:
    tokens = await world.tokens()
    signer = world.server.ring.signer("token", alg)
    for other in set(SIGNING_ALGORITHMS) - {alg}:
        crossed = Signer(published(world, other)["kid"], alg, signer.key)
        assert not await opens(world, crossed.sign("JWT", good_claims(world, tokens["id_token"])))


async def test_a_stolen_token_key_forges_nothing_that_opens_data(world: World) -> None:
    """What is forged with our own key has no row here; one with the jti of a real token is another text."""
    tokens = await world.tokens()
    stolen = world.server.ring.signer("token", "ES256")
    claims = good_claims(world, tokens["access_token"])
    for changed in ({}, {"jti": "0" * 32}, {"scope": "openid profile email"}):
        assert (await world.read("/v1/me", stolen.sign("at+jwt", claims | changed))).status_code == 401
    # The row decides, not the signature: were the text stored as its hash, it would be a token.
    text = stolen.sign("at+jwt", claims)
    hashed = keyed_hash(world.server.secrets.token_hash, text.encode())
    async with world.server.db.transaction() as tx:
        await tx.run(Write(update(AccessToken).values(token_hash=hashed)))
    assert (await world.read("/v1/me", text)).status_code == 200
