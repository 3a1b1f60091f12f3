"""Invariant 3: a proof is used once, under any race, on both databases, and on two nodes of PostgreSQL."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import httpx
import pytest

from foundation.clock import SECOND, FrozenClock
from foundation.settings import Settings
from idp.dpop import uses
from idp.dpop.proof import OLDEST
from idp.running.opening import open_server
from tests.idp.dpop.holder import Holder
from tests.idp.support import ISSUER, World, add_app, lean_app
from tests.idp.tokens import app_key, asserting, assertion_claims, public_jwks, signed

MANY = 64
OWN = {"grant_type": "client_credentials"}


@pytest.fixture
async def holders(world: World, settings: Settings, clock: FrozenClock) -> AsyncIterator[list[Holder]]:
    """The same key, at as many nodes as the database can have."""
    async with AsyncExitStack() as stack:
        first = await Holder(world).learn()
        found = [first]
        if not settings.on_sqlite:
            second = await stack.enter_async_context(open_server(settings, clock))
            transport = httpx.ASGITransport(app=lean_app(second))
            http = await stack.enter_async_context(httpx.AsyncClient(transport=transport, base_url=ISSUER))
            found.append(Holder(world.at(second, http), nonce=first.nonce))  # nodes know each other's nonces
        yield found


async def test_dpop_of_64_uses_of_one_proof_one_succeeds(holders: list[Holder]) -> None:
    first = holders[0]
    shown = first.proof("POST", "/token")
    calls = (holders[n % len(holders)].post("/token", OWN, shown) for n in range(MANY))
    answers = await asyncio.gather(*calls)
    assert sorted(answer.status_code for answer in answers) == [200] + [400] * (MANY - 1)
    assert {answer.json().get("error") for answer in answers} == {None, "invalid_dpop_proof"}
    assert len(await first.world.events("token.issued")) == 1


async def test_dpop_of_64_reads_with_one_proof_one_is_answered_and_told(holders: list[Holder]) -> None:
    first = holders[0]
    token = (await first.tokens())["access_token"]
    shown = first.proof("GET", "/v1/me/skills", token)
    calls = (holders[n % len(holders)].read("/v1/me/skills", token, shown) for n in range(MANY))
    answers = await asyncio.gather(*calls)
    assert sorted(answer.status_code for answer in answers) == [200] + [401] * (MANY - 1)
    assert len(await first.world.events("data.read")) == 1


async def test_64_proofs_are_64_reads(holders: list[Holder]) -> None:
    first = holders[0]
    token = (await first.tokens())["access_token"]
    calls = (holders[n % len(holders)].read("/v1/me", token) for n in range(MANY))
    assert {answer.status_code for answer in await asyncio.gather(*calls)} == {200}


async def test_a_used_proof_is_remembered_until_it_could_not_be_used(holders: list[Holder]) -> None:
    first = holders[0]
    db, clock = first.world.server.db, first.world.clock
    shown = first.proof("POST", "/token")
    assert (await first.post("/token", OWN, shown)).status_code == 200
    clock.advance(OLDEST * SECOND)
    assert await uses.PURGE.below(db, clock.now()) == 0
    assert (await first.post("/token", OWN, shown)).json()["error"] == "invalid_dpop_proof"
    clock.advance(61 * SECOND)
    assert await uses.PURGE.below(db, clock.now()) == 1
    assert (await first.post("/token", OWN, shown)).json()["error"] == "invalid_dpop_proof"  # too old


async def test_of_an_assertion_and_a_proof_each_allows_one_call(world: World) -> None:
    """Two rights that one statement uses up: whichever was used, nothing is issued and the other stays."""
    jwks = public_jwks(app_key())
    app = await add_app(world.server, "keyed", None, auth_method="private_key_jwt", jwks=jwks)
    holder = await Holder(world.of(app, "")).learn()

    def form() -> dict[str, str]:
        claims = assertion_claims("keyed", f"{ISSUER}/token", world.clock)
        return asserting(signed(claims, app_key()), **OWN)

    one, shown = form(), holder.proof("POST", "/token")
    calls = [holder.post("/token", one) for _ in range(16)]
    calls += [holder.post("/token", form(), shown) for _ in range(16)]
    answers = await asyncio.gather(*calls)
    told = Counter((answer.status_code, answer.json().get("error")) for answer in answers)
    assert told == {(200, None): 2, (401, "invalid_client"): 15, (400, "invalid_dpop_proof"): 15}
    assert len(await world.events("token.issued")) == 2
    spared, used = holder.proof("POST", "/token"), one
    assert (await holder.post("/token", used, spared)).status_code == 401
    assert (await holder.post("/token", form(), spared)).status_code == 200
