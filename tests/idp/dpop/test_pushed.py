"""PAR: a proof beside a pushed request binds its code, as dpop_jkt does (RFC 9449 section 10.1)."""

import asyncio

import httpx
import pytest

from idp.authorize.pushed import store
from idp.authorize.pushed.routes import PUSHED_PATH
from tests.idp.dpop.holder import Holder, key
from tests.idp.support import World
from tests.idp.tokens import refused
from tests.idp.visitor import GOOD


@pytest.fixture
async def holder(world: World) -> Holder:
    return await Holder(world).learn()


async def push(holder: Holder, shown: str | None = None, **changed: str) -> httpx.Response:
    fields = {**GOOD, "client_id": holder.world.client.id} | changed
    return await holder.post(PUSHED_PATH, fields, shown)


async def key_of(holder: Holder, answer: httpx.Response) -> str | None:
    """The key that a pushed request will ask a proof of."""
    assert answer.status_code == 201, answer.text
    world, uri = holder.world, answer.json()["request_uri"]
    hash_key = world.server.secrets.token_hash
    async with world.server.db.reading() as tx:
        found = await store.bring(tx, uri, world.client.id, hash_key, world.clock.now())
    assert found is not None
    return found.dpop_jkt


async def test_the_proof_names_the_key(holder: Holder) -> None:
    assert await key_of(holder, await push(holder)) == holder.jkt
    assert await key_of(holder, await push(holder, dpop_jkt=holder.jkt)) == holder.jkt


async def test_dpop_jkt_names_it_without_a_proof(holder: Holder) -> None:
    fields = {**GOOD, "client_id": holder.world.client.id, "dpop_jkt": holder.jkt}
    assert await key_of(holder, await holder.world.post(PUSHED_PATH, fields)) == holder.jkt


async def test_the_two_must_be_one(holder: Holder) -> None:
    refused(await push(holder, dpop_jkt=key("ES256", 2).thumbprint()), "invalid_dpop_proof")
    for broken in ("x", "x" * 44, "\u00e9" * 43):
        refused(await push(holder, dpop_jkt=broken), "invalid_request")


async def test_dpop_a_proof_for_another_place_or_without_a_nonce_is_none(holder: Holder) -> None:
    refused(await push(holder, holder.proof("POST", "/token")), "invalid_dpop_proof")
    refused(await push(holder, holder.proof("POST", PUSHED_PATH, nonce=None)), "use_dpop_nonce")
    assert (await push(holder)).status_code == 201


async def test_dpop_of_64_pushes_with_one_proof_one_is_kept(holder: Holder) -> None:
    shown = holder.proof("POST", PUSHED_PATH)
    answers = await asyncio.gather(*(push(holder, shown) for _ in range(64)))
    assert sorted(answer.status_code for answer in answers) == [201] + [400] * 63
