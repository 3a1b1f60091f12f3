"""A token as partners' libraries read it: joserfc and python-jose, with our published keys alone."""

import json
from typing import Any

import pytest
from jose import jwt as jose_jwt
from jose.exceptions import JOSEError
from joserfc import jws
from joserfc.jwk import KeySet

from idp.clients.subjects import subject_for
from idp.running.keyring import rotate_keys
from keys.rotation import Slot
from tests.idp.signals.receivers import revoked
from tests.idp.support import ISSUER, World, add_app
from tests.idp.tokens import altered, claims_of, header_of


async def token_of(world: World) -> str:
    answer = await world.http.post(
        "/signals/poll", json={"returnImmediately": True}, auth=(world.client.id, world.secret)
    )
    (token,) = answer.json()["sets"].values()
    return str(token)


async def keys_of(world: World) -> dict[str, Any]:
    """As a partner finds them: from the transmitter's configuration."""
    configuration = (await world.http.get("/.well-known/ssf-configuration")).json()
    assert configuration["issuer"] == ISSUER
    found: dict[str, Any] = (await world.http.get(configuration["jwks_uri"].removeprefix(ISSUER))).json()
    return found


async def test_both_libraries_read_the_same(world: World):
    grant_id = await revoked(world)
    token, keys = await token_of(world), await keys_of(world)
    proved = jws.deserialize_compact(token.encode(), KeySet.import_key_set(keys), algorithms=["ES256"])
    assert proved.headers()["typ"] == "secevent+jwt"
    claims = json.loads(proved.payload)
    key = next(one for one in keys["keys"] if one["kid"] == header_of(token)["kid"])
    assert jose_jwt.decode(token, key, algorithms=["ES256"], audience="app", issuer=ISSUER) == claims
    assert claims["sub_id"]["sub"] == subject_for(world.client, world.person)
    ((uri, body),) = claims["events"].items()
    assert uri == f"{ISSUER}/signals/events/grant-revoked"
    assert body["grant_id"] == grant_id
    assert not {"sub", "exp"} & claims.keys()  # RFC 8417: no ID token, no access token can be mistaken for it


async def test_an_altered_one_is_refused(world: World):
    await revoked(world)
    token, keys = await token_of(world), await keys_of(world)
    key = next(one for one in keys["keys"] if one["kid"] == header_of(token)["kid"])
    for position in (5, token.index(".") + 9, -5):
        with pytest.raises(JOSEError):
            jose_jwt.decode(altered(token, position), key, algorithms=["ES256"], audience="app")


async def test_late_ones_are_signed_by_a_key_that_is_still_published(world: World):
    await revoked(world)
    before = await token_of(world)
    await rotate_keys(world.server, Slot("token", "ES256"), insist=True)
    async with world.server.db.reading() as tx:
        await world.server.ring.refresh(tx, world.clock.now())
    after = await token_of(world)
    assert header_of(before)["kid"] != header_of(after)["kid"]
    assert claims_of(before) == claims_of(after)
    keys = KeySet.import_key_set(await keys_of(world))
    assert jws.deserialize_compact(after.encode(), keys, algorithms=["ES256"])


async def test_two_apps_have_nothing_to_compare(world: World):
    await revoked(world)
    other = world.of(await add_app(world.server, "other", "other-secret"), "other-secret")
    given = await other.grant(other.client)
    async with world.server.db.transaction() as tx:
        await world.decisions().revoke(tx, given.standing.grant_id, other.act(other.client))
    mine, theirs = claims_of(await token_of(world)), claims_of(await token_of(other))
    assert mine["sub_id"]["sub"] != theirs["sub_id"]["sub"]
    assert (mine["aud"], theirs["aud"]) == ("app", "other")
