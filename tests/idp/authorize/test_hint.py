"""id_token_hint: one of our own ID tokens for this very app, of any age; anything else names nobody."""

import json

import pytest
from joserfc import jws
from joserfc.jwk import OctKey

from foundation.clock import DAY
from idp.authorize.hint import hinted_subject
from idp.clients.members.tokens import SIGNING_ALGORITHMS
from idp.running.keyring import rotate_keys
from keys.rotation import Slot
from tests.idp.support import World, add_app
from tests.idp.tokens import altered, app_key, b64, claims_of, handmade, header_of, signed


async def id_token(world: World, alg: str = "ES256") -> str:
    app = world.of(await add_app(world.server, "hinted", "s", id_token_alg=alg), "s")
    await app.grant(app.client)
    return str((await app.redeem(await app.code(app.client))).json()["id_token"])


@pytest.mark.parametrize("alg", SIGNING_ALGORITHMS)
async def test_our_own_id_token_names_its_person(world: World, alg: str) -> None:
    token = await id_token(world, alg)
    assert hinted_subject(world.server, token, "hinted") == claims_of(token)["sub"]
    world.clock.advance(DAY)  # long expired
    assert hinted_subject(world.server, token, "hinted") == claims_of(token)["sub"]
    assert hinted_subject(world.server, token, "another") is None


async def test_it_holds_while_its_key_is_published(world: World) -> None:
    token, server = await id_token(world), world.server
    assert await rotate_keys(server, Slot("token", "ES256"))
    async with server.db.reading() as tx:
        await server.ring.refresh(tx, world.clock.now())
    assert hinted_subject(server, token, "hinted") is not None
    world.clock.advance(2 * DAY)
    assert hinted_subject(server, token, "hinted") is None


async def test_a_forged_hint_names_nobody(world: World) -> None:
    token, server = await id_token(world), world.server
    claims, header = claims_of(token), header_of(token)
    access = (await world.tokens())["access_token"]
    stranger, sign = app_key(), server.ring.signer("token", "ES256").sign
    head, body, signature = token.split(".")
    crit = json.dumps(header | {"crit": ["exp"], "exp": 1}).encode()
    hs256 = jws.serialize_compact(
        {"alg": "HS256", "kid": header["kid"]},
        json.dumps(claims).encode(),
        OctKey.import_key(json.dumps(server.ring.jwks("token", world.clock.now())).encode()),
        algorithms=["HS256"],
    )
    for forged in (
        "",
        "x",
        "a.b.c",
        "é",
        "x" * 10_000,
        access,
        server.sign_receipt("JWT", claims),  # another purpose's key
        sign("at+jwt", claims),
        sign("logout+jwt", claims),
        sign("JWT", claims | {"iss": "https://evil.example"}),
        sign("JWT", claims | {"aud": ["hinted"]}),
        sign("JWT", {name: value for name, value in claims.items() if name != "sub"}),
        sign("JWT", claims | {"sub": ["x"]}),
        altered(token, len(head) + 5),
        altered(token, -2),
        f"{head}.{body}.",
        f"{head}.{body}.{signature}=",
        f"{b64(crit)}.{body}.{signature}",
        handmade({"alg": "none"}, claims),
        handmade(header | {"alg": "none"}, claims),
        signed(claims, stranger),
        signed(claims, stranger, kid=header["kid"]),
        signed(claims, stranger, jwk=stranger.as_dict(private=False)),
        hs256,
    ):
        assert hinted_subject(server, forged, "hinted") is None, forged[:80]
